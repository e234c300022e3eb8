/*
 * keeper STATUSFILE PROGRAM ARGUMENT0 ARGUMENT...
 *
 * Starts PROGRAM in a session of its own and stays its parent, and that of every orphan of its tree, until the whole
 * tree is empty. So an app's exit status and its descendants are known whatever becomes of the service that started it.
 *
 * Appends to STATUSFILE, one line each:
 *   keeper PID STARTTICKS    itself
 *   started PID STARTTICKS   PROGRAM runs             (this line or the next also goes to descriptor 3)
 *   failed ERRNO             PROGRAM could not be executed; the keeper ends
 *   ended PID WAITSTATUS     as wait(2) gives it; written before the process is reaped, so that a process that is gone
 *                            has its status in the file
 *   empty PID                nothing of the tree is left; the keeper, PID, ends
 * Nothing is synced: what a crash of the machine takes from the file it has taken from the process table as well.
 * Exit codes: 0 the tree is empty, 64 too few arguments, 74 STATUSFILE can't be opened, 71 no process could be made.
 *
 * Without a C library: a static binary of a few KB, because one stays in memory for each app.
 */
#include <asm/errno.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/wait.h>

#include "kernel.h"

#define REPORT 3
#define CLD_EXITED 1
#define CLD_DUMPED 3
#define CORE_DUMPED 0x80
#define LINE_SIZE 64
#define STAT_SIZE 1024

static int put_number(char *at, unsigned long value) {
    char reversed[20];
    int digits = 0, length = 0;
    do reversed[digits++] = '0' + value % 10;
    while (value /= 10);
    while (digits) at[length++] = reversed[--digits];
    return length;
}

/* "WORD FIRST" or, with second >= 0, "WORD FIRST SECOND", and a line feed. */
static int put_line(char *line, const char *word, long first, long second) {
    int length = 0;
    while (*word) line[length++] = *word++;
    line[length++] = ' ';
    length += put_number(line + length, first);
    if (second >= 0) {
        line[length++] = ' ';
        length += put_number(line + length, second);
    }
    line[length++] = '\n';
    return length;
}

static void write_line(int file, const char *word, long first, long second) {
    char line[LINE_SIZE];
    call(__NR_write, file, (long)line, put_line(line, word, first, second), 0, 0);
}

/* Field 22 of /proc/PID/stat. The name, field 2, may hold anything: fields are counted from its last parenthesis. */
static long start_ticks(long pid) {
    char path[LINE_SIZE] = "/proc/", text[STAT_SIZE];
    const char *tail = "/stat";
    int length = 6 + put_number(path + 6, pid), last = 0, spaces = 0;
    while (*tail) path[length++] = *tail++;
    path[length] = 0;
    long file = call(__NR_openat, AT_FDCWD, (long)path, O_CLOEXEC, 0, 0);
    long size = call(__NR_read, file, (long)text, sizeof text, 0, 0);
    call(__NR_close, file, 0, 0, 0, 0);
    for (int i = 0; i < size; i++)
        if (text[i] == ')') last = i;
    long ticks = 0;
    for (int i = last; i < size && spaces <= 20; i++) {
        if (text[i] == ' ') spaces++;
        else if (spaces == 20) ticks = ticks * 10 + (text[i] - '0');
    }
    return ticks;
}

/* In the child: does not return. What it can't do goes to the keeper through `failure`, which a good exec closes. */
static void become(char **argv, char **envp, int failure) {
    call(__NR_setsid, 0, 0, 0, 0, 0);
    long error = -call(__NR_execve, (long)argv[2], (long)(argv + 3), (long)envp, 0, 0);
    call(__NR_write, failure, (long)&error, sizeof error, 0, 0);
    leave(127);
}

/* The errno of the child's exec, 0 when it was good. */
static long exec_error(int failure) {
    long error = 0, size;
    do size = call(__NR_read, failure, (long)&error, sizeof error, 0, 0);
    while (size == -EINTR);
    return size == sizeof error ? error : 0;
}

static void tell_start(int file, long error, long app) {
    if (error) write_line(file, "failed", error, -1);
    else write_line(file, "started", app, start_ticks(app));
}

/*
 * Lets go of all that is the app's: its terminal or log, its directory, and the command and environment that /proc
 * shows of us, by which the app's processes are found. Signals to the app's name or group are not for us.
 */
static void stand_aside(char **argv, char **envp) {
    unsigned long all = ~0UL;
    char *end = argv[2];
    call(__NR_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, sizeof all, 0);
    for (int descriptor = 0; descriptor < REPORT; descriptor++) call(__NR_close, descriptor, 0, 0, 0, 0);
    call(__NR_chdir, (long)"/", 0, 0, 0, 0);
    for (char **last = argv + 2; *last; last++) end = *last;
    for (char **last = envp; *last; last++) end = *last;
    while (*end) end++;
    for (volatile char *at = argv[2]; at < end; at++) *at = 0;
}

static int wait_status(const struct signal_info *ended) {
    return ended->code == CLD_EXITED ? ended->status << 8
                                     : ended->status | (ended->code == CLD_DUMPED ? CORE_DUMPED : 0);
}

/* Reaps until there is no child left. */
static void keep(long app, int file) {
    for (;;) {
        struct signal_info ended;
        long result = call(__NR_waitid, P_ALL, 0, (long)&ended, WEXITED | WNOWAIT, 0);
        if (result == -EINTR) continue;
        if (result < 0) return;
        int is_app = ended.pid == app;
        if (is_app) write_line(file, "ended", app, wait_status(&ended));
        call(__NR_wait4, ended.pid, 0, 0, 0, 0);
    }
}

__attribute__((used)) void keeper(long *stack) {
    long argc = stack[0];
    char **argv = (char **)(stack + 1), **envp = argv + argc + 1;
    int failure[2];
    if (argc < 4) leave(64);
    call(__NR_close_range, REPORT + 1, ~0U, 0, 0, 0);
    call(__NR_fcntl, REPORT, F_SETFD, FD_CLOEXEC, 0, 0);
    long file = call(__NR_openat, AT_FDCWD, (long)argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600, 0);
    if (file < 0) leave(74);
    long self = call(__NR_getpid, 0, 0, 0, 0, 0);
    write_line(file, "keeper", self, start_ticks(self));
    call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (call(__NR_pipe2, (long)failure, O_CLOEXEC, 0, 0, 0) < 0) leave(71);
    long app = call(__NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (app == 0) become(argv, envp, failure[1]);
    if (app < 0) leave(71);
    call(__NR_close, failure[1], 0, 0, 0, 0);
    long error = exec_error(failure[0]);
    call(__NR_close, failure[0], 0, 0, 0, 0);
    tell_start(file, error, app);
    stand_aside(argv, envp);
    tell_start(REPORT, error, app);
    call(__NR_close, REPORT, 0, 0, 0, 0);
    keep(error ? 0 : app, file);
    write_line(file, "empty", self, -1);
    leave(0);
}

START(keeper);
