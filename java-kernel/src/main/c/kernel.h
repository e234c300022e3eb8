/*
 * What the small programs need of Linux, without a C library: static binaries of a few KB, because one stays in memory
 * for each app.
 */
#include <asm/unistd.h>

/* The fields of siginfo_t that we read; the same on x86_64 and aarch64. */
struct signal_info {
    int signo, error, code, unused, pid, uid, status;
    char rest[100];
};

static long call6(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
#else
#error "these programs know the system calls of x86_64 and aarch64 only"
#endif
}

static long call(long number, long a, long b, long c, long d, long e) {
    return call6(number, a, b, c, d, e, 0);
}

static void leave(int code) {
    for (;;) call(__NR_exit_group, code, 0, 0, 0, 0);
}

/* The kernel puts argc, argv and envp on the stack; C wants it aligned. */
#if defined(__x86_64__)
#define START(function) __asm__(".globl _start\n_start:\nxor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call " #function "\n")
#else
#define START(function) __asm__(".globl _start\n_start:\nmov x29, #0\n mov x0, sp\n bl " #function "\n")
#endif
