/*
 * front ARGUMENT0 ARGUMENT...        (descriptor 3: the pid of the server, in decimal)
 *
 * Keeps the pid, the parent, the control group and the terminal job of a Jupyter server while the servers behind it
 * change. A server becomes the front by exec, when the one that it started serves in its place; it has blocked all
 * signals before, so none is lost in between. The arguments are those of the server, for people and for `ps`.
 *
 * The front passes signals on to the server, collects orphans, and ends as the server ends: with its exit code or by
 * its signal. Two signals tell it of another server, by their sender:
 *   40 takes over: the sender is the server from now on
 *   41 stands by: should the server end, the sender will take over, within 5 s
 * and one tells it of the server that there is:
 *   42 hangs: it is ended, by KILL
 * Exit codes of its own: 64 descriptor 3 holds no pid.
 *
 * Without a C library, as the keeper: 700 KB less in memory than a front in Python has to spare.
 */
#include <asm/errno.h>
#include <asm/signal.h>
#include <linux/prctl.h>
#include <linux/wait.h>

#include "kernel.h"

#define PID_FILE 3
#define TAKES_OVER 40
#define STANDS_BY 41
#define HANGS 42
#define FROM_KERNEL 0x80
#define SUCCESSION_S 5
#define BIT(signal) (1UL << ((signal)-1))

/* What a server may be sent. SIGTSTP and its like stop the front with the job, SIGSTOP and SIGKILL can't be passed on. */
static const unsigned long passed_on =
    BIT(SIGTERM) | BIT(SIGINT) | BIT(SIGHUP) | BIT(SIGQUIT) | BIT(SIGUSR1) | BIT(SIGUSR2);
static const unsigned long told = BIT(SIGCHLD) | BIT(TAKES_OVER) | BIT(STANDS_BY) | BIT(HANGS);
static const unsigned long job_control = BIT(SIGTSTP) | BIT(SIGTTIN) | BIT(SIGTTOU) | BIT(SIGCONT);

static long server, standby;
static int has_ended, status;

static long read_pid(int file) {
    char text[24];
    long pid = 0, size = call(__NR_read, file, (long)text, sizeof text, 0, 0);
    for (int i = 0; i < size && text[i] >= '0' && text[i] <= '9'; i++) pid = pid * 10 + (text[i] - '0');
    return pid;
}

static void reap(void) {
    for (;;) {
        int ended_with;
        long pid = call(__NR_wait4, -1, (long)&ended_with, WNOHANG, 0, 0);
        if (pid == -EINTR) continue;
        if (pid <= 0) return;
        if (pid == server) {
            has_ended = 1;
            status = ended_with;
        }
    }
}

/* As the server ended, so that whoever started it sees the same. */
static void end(void) {
    int by = status & 0x7f;
    if (by) {
        unsigned long none = 0, action[4] = {0, 0, 0, 0};
        /* The server has left its core; there is nothing to learn from ours. */
        call(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
        call(__NR_rt_sigaction, by, (long)action, 0, sizeof none, 0);
        call(__NR_kill, call(__NR_getpid, 0, 0, 0, 0, 0), by, 0, 0, 0);
        call(__NR_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof none, 0);
        /* Still here: the kernel spares pid 1. */
        leave(128 + by);
    }
    leave(status >> 8 & 0xff);
}

static int is_alive(long pid) { return pid > 0 && call(__NR_kill, pid, 0, 0, 0, 0) == 0; }

static void take(const struct signal_info *info) {
    if (info->signo == SIGCHLD) return;
    if (info->signo == TAKES_OVER) {
        server = info->pid;
        has_ended = 0;
    } else if (info->signo == STANDS_BY) {
        standby = info->pid;
    } else if (info->signo == HANGS) {
        if (!has_ended) call(__NR_kill, server, SIGKILL, 0, 0, 0);
    } else if (info->code != FROM_KERNEL && !has_ended) {
        /* What the terminal sends, the server has got from it already: it is in the same job. */
        call(__NR_kill, server, info->signo, 0, 0, 0);
    }
}

__attribute__((used)) void front(long *stack) {
    unsigned long awaited = passed_on | told, blocked = ~job_control;
    (void)stack;
    server = read_pid(PID_FILE);
    if (server <= 0) leave(64);
    call(__NR_close_range, PID_FILE, ~0U, 0, 0, 0);
    call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    call(__NR_prctl, PR_SET_NAME, (long)"jupyter-front", 0, 0, 0);
    call(__NR_rt_sigprocmask, SIG_SETMASK, (long)&blocked, 0, sizeof blocked, 0);
    for (;;) {
        struct signal_info info;
        long succession[2] = {SUCCESSION_S, 0};
        reap();
        if (has_ended && !is_alive(standby)) end();
        long got = call(__NR_rt_sigtimedwait, (long)&awaited, (long)&info, has_ended ? (long)succession : 0,
                        sizeof awaited, 0);
        if (got > 0) take(&info);
        else if (got == -EAGAIN) end();
    }
}

START(front);
