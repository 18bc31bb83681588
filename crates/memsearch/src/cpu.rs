//! The vector instructions that a processor has.

/// The vectors that a search loads.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Isa {
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Sse2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    // Where there are vectors, only tests use it.
    #[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
    Portable,
}

impl Isa {
    #[inline]
    pub(crate) fn fastest() -> Isa {
        #[cfg(target_arch = "x86_64")]
        return if std::arch::is_x86_feature_detected!("avx2") {
            Isa::Avx2
        } else {
            Isa::Sse2
        };
        #[cfg(target_arch = "aarch64")]
        return Isa::Neon;
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        return Isa::Portable;
    }

    /// Returns all that this processor has.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Isa> {
        vec![
            Isa::Portable,
            #[cfg(target_arch = "x86_64")]
            Isa::Sse2,
            Isa::fastest(),
        ]
    }
}
