//! Operating systems' codes for temporary failures that have no stable name in `io::ErrorKind`.
//!
//! Sources: `asm-generic/errno-base.h` and `asm-generic/errno.h` of Linux, `sys/errno.h` of the BSDs
//! and of Apple, `winerror.h` of Windows; accept(2) and socket(2) on which of them are temporary.

/// Whether the code means a temporary failure.
pub(super) fn passes(code: i32) -> bool {
    PASSING.contains(&code)
}

const PASSING: &[i32] = if cfg!(windows) {
    WINDOWS
} else if cfg!(any(
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "dragonfly",
    target_os = "netbsd",
    target_os = "openbsd",
)) {
    BSD
} else if cfg!(all(
    any(target_os = "linux", target_os = "android"),
    // These systems have numbers of their own.
    not(any(
        target_arch = "mips",
        target_arch = "mips32r6",
        target_arch = "mips64",
        target_arch = "mips64r6",
        target_arch = "sparc",
        target_arch = "sparc64",
    )),
)) {
    LINUX
} else if cfg!(unix) {
    UNIX
} else {
    &[]
};

/// Codes with the same number on every Unix.
const UNIX: &[i32] = &[
    12, // ENOMEM
    23, // ENFILE: too many open files in the system
    24, // EMFILE: too many open files in the process
];

const LINUX: &[i32] = &[
    12,  // ENOMEM
    23,  // ENFILE: too many open files in the system
    24,  // EMFILE: too many open files in the process
    37,  // ENOLCK
    62,  // ETIME: a timer expired
    63,  // ENOSR: out of streams resources
    64,  // ENONET: the machine is not on the network
    102, // ENETRESET
    105, // ENOBUFS
    108, // ESHUTDOWN
    109, // ETOOMANYREFS: too many descriptors are on their way
    112, // EHOSTDOWN
    114, // EALREADY
    115, // EINPROGRESS
];

const BSD: &[i32] = &[
    12, // ENOMEM
    23, // ENFILE
    24, // EMFILE
    36, // EINPROGRESS
    37, // EALREADY
    52, // ENETRESET
    55, // ENOBUFS
    58, // ESHUTDOWN
    59, // ETOOMANYREFS
    64, // EHOSTDOWN
    77, // ENOLCK
];

const WINDOWS: &[i32] = &[
    4,      // ERROR_TOO_MANY_OPEN_FILES
    32,     // ERROR_SHARING_VIOLATION: another process holds the file
    33,     // ERROR_LOCK_VIOLATION: and here a part of it
    64,     // ERROR_NETNAME_DELETED: a share's connection is gone
    231,    // ERROR_PIPE_BUSY
    1_450,  // ERROR_NO_SYSTEM_RESOURCES
    10_024, // WSAEMFILE
    10_036, // WSAEINPROGRESS
    10_037, // WSAEALREADY
    10_052, // WSAENETRESET
    10_055, // WSAENOBUFS
    10_058, // WSAESHUTDOWN
    10_059, // WSAETOOMANYREFS
    10_064, // WSAEHOSTDOWN
    10_067, // WSAEPROCLIM
    10_068, // WSAEUSERS
    11_001, // WSAHOST_NOT_FOUND: this and the next three are failed look-ups
    11_002, // WSATRY_AGAIN
    11_003, // WSANO_RECOVERY
    11_004, // WSANO_DATA
];

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// The names in this system's C library.
    #[test]
    fn the_numbers_are_those_of_this_system() {
        for code in [libc::ENOMEM, libc::ENFILE, libc::EMFILE] {
            assert!(passes(code), "{code}");
        }
        #[cfg(any(target_os = "linux", target_vendor = "apple"))]
        for code in [
            libc::EALREADY,
            libc::EHOSTDOWN,
            libc::EINPROGRESS,
            libc::ENETRESET,
            libc::ENOBUFS,
            libc::ENOLCK,
            libc::ESHUTDOWN,
            libc::ETOOMANYREFS,
        ] {
            assert!(passes(code), "{code}");
        }
        #[cfg(target_os = "linux")]
        for code in [libc::ENONET, libc::ENOSR, libc::ETIME] {
            assert!(passes(code), "{code}");
        }
        for code in [libc::ENOENT, libc::EACCES, libc::EBADF, libc::EINVAL, libc::ENOSPC] {
            assert!(!passes(code), "{code}");
        }
    }
}
