//! What a contract without the standard library needs: memory, and an end for panics.

#[cfg(target_arch = "wasm32")]
mod memory {
    use core::alloc::{GlobalAlloc, Layout};
    use core::arch::wasm32::{memory_grow, memory_size};
    use core::cell::Cell;
    use core::ptr::null_mut;

    const PAGE: usize = 65536;

    extern "C" {
        static __heap_base: u8; // the linker's: the first byte behind data and stack
    }

    /// Takes from the end and gives nothing back, but for the latest piece: memory is fresh in each call.  0: not yet.
    struct Heap {
        top: Cell<usize>,
    }

    // There are no threads.
    unsafe impl Sync for Heap {}

    unsafe impl GlobalAlloc for Heap {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            let top = if self.top.get() == 0 { core::ptr::addr_of!(__heap_base) as usize } else { self.top.get() };
            let start = (top + layout.align() - 1) & !(layout.align() - 1);
            let end = match start.checked_add(layout.size()) {
                Some(end) => end,
                None => return null_mut(),
            };
            let room = memory_size(0) * PAGE;
            if end > room && memory_grow(0, (end - room + PAGE - 1) / PAGE) == usize::MAX {
                return null_mut();
            }
            self.top.set(end);
            start as *mut u8
        }

        unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
            if memory as usize + layout.size() == self.top.get() {
                self.top.set(memory as usize);
            }
        }

        unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            if memory as usize + layout.size() == self.top.get() {
                self.top.set(memory as usize); // the latest piece grows where it is
                let same = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
                if same.is_null() {
                    self.top.set(memory as usize + layout.size());
                }
                return same;
            }
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                core::ptr::copy_nonoverlapping(memory, new, layout.size().min(size));
            }
            new
        }
    }

    #[global_allocator]
    static HEAP: Heap = Heap { top: Cell::new(0) };
}

/// "panicked at src/lib.rs:12", by hand: the machinery of formatting would be most of a small contract.
#[cfg(not(test))]
#[panic_handler]
fn panic(information: &core::panic::PanicInfo) -> ! {
    let mut message = crate::Bytes::from(&b"panicked"[..]);
    if let Some(place) = information.location() {
        message.extend_from_slice(b" at ");
        message.extend_from_slice(place.file().as_bytes());
        message.push(b':');
        let (mut digits, mut line, mut at) = ([0; 10], place.line(), 10);
        while at == 10 || line != 0 {
            at -= 1;
            digits[at] = b'0' + (line % 10) as u8;
            line /= 10;
        }
        message.extend_from_slice(&digits[at..]);
    }
    crate::reject(message)
}

/// Before Rust 1.68 a program without the standard library must say itself what becomes of it when memory is used up.
#[cfg(all(before_rust_1_68, not(test)))]
#[alloc_error_handler]
fn out_of_memory(_: core::alloc::Layout) -> ! {
    panic!()
}
