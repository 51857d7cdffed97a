//! A buffer of which several threads write different parts at once.
#![allow(unsafe_code)]

use std::marker::PhantomData;

/// A mutable slice that can be handed to several threads; each takes parts that no other takes.
pub struct Shared<'a, T> {
    start: *mut T,
    len: usize,
    life: PhantomData<&'a mut [T]>,
}

// SAFETY: it is a `&mut [T]` cut into parts; whoever takes a part promises that it overlaps no other (see `part`).
unsafe impl<T: Send> Sync for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    /// Over the whole slice.
    pub fn new(slice: &'a mut [T]) -> Self {
        Self { start: slice.as_mut_ptr(), len: slice.len(), life: PhantomData }
    }

    /// The part of `len` items from `at` on.
    ///
    /// # Safety
    /// While the result lives, no other part that was taken may overlap it.
    ///
    /// # Panics
    /// When the part is not inside the slice.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn part(&self, at: usize, len: usize) -> &mut [T] {
        assert!(at <= self.len && len <= self.len - at, "part {at}+{len} of {}", self.len);
        // SAFETY: inside the slice as asserted; exclusive as the caller promises.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(at), len) }
    }
}
