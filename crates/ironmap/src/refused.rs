//! Programs that the borrow checker refuses (B1, P1, V3). Each would use bytes after their map has
//! moved or ended, or store to bytes that hold still. Only nightly compares the codes of the errors
//! (`make check WHAT=refused`).

/// A view leaves its scope as the result. What is read from it may:
///
/// ```
/// let map = ironmap::Mmap::anonymous(10)?;
/// assert_eq!(map.view(.., |bytes| bytes.byte(0))??, 0);
/// assert_eq!(map.view(.., |bytes| bytes.bytes().count())?, 10);
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// The view may not:
///
/// ```compile_fail
/// let map = ironmap::Mmap::anonymous(10)?;
/// let bytes = map.view(.., |bytes| bytes)?;
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// Nor may an iterator over it:
///
/// ```compile_fail
/// let map = ironmap::Mmap::anonymous(10)?;
/// let bytes = map.view(.., |bytes| bytes.bytes())?;
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// By a variable around the scope:
///
/// ```compile_fail,E0521
/// let map = ironmap::Mmap::anonymous(10)?;
/// let mut kept = None;
/// map.view(.., |bytes| kept = Some(bytes))?;
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// By a thread that goes on:
///
/// ```compile_fail,E0521
/// let map = ironmap::Mmap::anonymous(10)?;
/// map.view(.., |bytes| std::thread::spawn(move || bytes.byte(0)))?;
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// By a thread of a scope around the view's:
///
/// ```compile_fail,E0521
/// let map = ironmap::Mmap::anonymous(10)?;
/// std::thread::scope(|threads| {
///     map.view(.., |bytes| {
///         threads.spawn(move || bytes.byte(0));
///     })
/// })?;
/// # Ok::<(), ironmap::Error>(())
/// ```
struct ViewOutOfScope;

/// A scope changes its own map.
///
/// ```compile_fail,E0502
/// let mut map = ironmap::Mmap::anonymous(10)?;
/// map.view(.., |bytes| {
///     map.resize(0)?;
///     bytes.byte(9)
/// })??;
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// ```compile_fail,E0499
/// let mut map = ironmap::Mmap::anonymous(10)?;
/// map.view_mut(.., |mut bytes| {
///     map.set_byte(9, 1)?;
///     bytes.set_byte(9, 2)
/// })??;
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// Two parts share bytes, both for stores:
///
/// ```compile_fail,E0499
/// let mut map = ironmap::Mmap::anonymous(10)?;
/// map.view_mut(.., |mut bytes| {
///     let (mut one, mut two) = (bytes.slice_mut(..)?, bytes.slice_mut(..)?);
///     one.fill(1);
///     two.fill(2);
///     Ok::<(), ironmap::Error>(())
/// })??;
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// ```compile_fail,E0382
/// let mut map = ironmap::Mmap::anonymous(10)?;
/// map.view_mut(.., |mut bytes| {
///     let parts = bytes.split_at(5);
///     bytes.fill(1);
/// })?;
/// # Ok::<(), ironmap::Error>(())
/// ```
struct ChangeInScope;

/// A window is kept beyond the next one.
///
/// ```compile_fail,E0499
/// let map = ironmap::Mmap::anonymous(10)?;
/// let mut windows = map.windows(.., 4, 1)?;
/// let first = windows.next_window()?;
/// let second = windows.next_window()?;
/// assert_eq!(first, second);
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// ```compile_fail,E0505
/// let map = ironmap::Mmap::anonymous(10)?;
/// let mut windows = map.windows(.., 4, 1)?;
/// drop(map);
/// windows.next_window()?;
/// # Ok::<(), ironmap::Error>(())
/// ```
struct WindowKept;

/// A slice of memory that holds still outlives its owner, or sees a store.
///
/// ```compile_fail,E0505
/// let snapshot = ironmap::Mmap::anonymous(10)?.into_snapshot()?;
/// let bytes: &[u8] = &snapshot;
/// drop(snapshot);
/// assert_eq!(bytes[0], 0);
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// ```compile_fail,E0502
/// let mut map = ironmap::Mmap::anonymous(10)?;
/// let bytes = map.try_as_slice().unwrap();
/// map.set_byte(0, 1)?;
/// assert_eq!(bytes[0], 0);
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// ```compile_fail,E0596
/// // SAFETY: memory without a file has no other map.
/// let stable = unsafe { ironmap::Mmap::anonymous(10)?.assume_stable() };
/// stable.get_ref().set_byte(0, 1)?;
/// # Ok::<(), ironmap::Error>(())
/// ```
struct SliceChanged;
