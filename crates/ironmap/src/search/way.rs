//! The vector instructions that a processor has.

/// A way to look at a block.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Sse2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    // Where there are vectors, only tests take it.
    #[allow(dead_code)]
    Portable,
}

impl Way {
    #[inline]
    pub(super) fn fastest() -> Way {
        #[cfg(target_arch = "x86_64")]
        return if std::arch::is_x86_feature_detected!("avx2") {
            Way::Avx2
        } else {
            Way::Sse2
        };
        #[cfg(target_arch = "aarch64")]
        return Way::Neon;
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        return Way::Portable;
    }

    /// All that this processor has.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Way> {
        let mut all = vec![Way::Portable, Way::fastest()];
        #[cfg(target_arch = "x86_64")]
        all.push(Way::Sse2);
        all
    }
}
