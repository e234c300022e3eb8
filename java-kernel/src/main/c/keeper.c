/*
 * keeper: starts programs in sessions of their own, one after the other, and stays the parent of each, and of every
 * orphan of its tree, until the whole tree is empty. So an app's exit status and its descendants are known whatever
 * becomes of the service that started it.
 *
 * Its orders come through descriptor 3, a stream socket. One is a struct head and as many strings, each with its NUL:
 *   the status file, its first lines, the program, its directory, its output, its arguments, its environment
 * While a tree lives no order is read. At the end of the orders, the service's end included, the keeper ends.
 *
 * A standing order waits in the socket for the end of the app that runs, and is carried out at once then: a crash is
 * over before the service has heard of it. It is void when the app did not live long enough, or did its work, or left
 * something behind; when another word came after it, as when the app is to be stopped; and without a service. One of no
 * size only voids those before it.
 *
 * Writes to the status file, in place of what it wrote for the order before, and sends to descriptor 3:
 *   keeper PID STARTTICKS        itself                                          (to the file alone)
 *   before PID STARTTICKS        the app that this one was started after by a standing order    (to the file alone)
 *   ended-before PID WAITSTATUS  and how it ended                                (to the file alone)
 *   started PID STARTTICKS       the program runs
 *   again PID STARTTICKS         the program runs, by a standing order           (to the socket alone)
 *   failed ERRNO                 it could not be started
 *   unkept ERRNO                 the status file may not be made                 (to the socket alone)
 *   ended PID WAITSTATUS         as wait(2) gives it; in the file before the process is reaped, so that a process that
 *                                is gone has its status there
 *   empty PID                    nothing of the tree is left; PID is the keeper
 * The file keeps its size, lines that are short are followed by empty ones: making a file, or growing one, is what may
 * have to wait for a disk. Nothing is synced: what a crash of the machine takes from the file it has taken from the process table as well.
 * A disk that has failed, is full or has become read-only keeps no app down: its program runs, without a status file
 * where none can be made, and its output is lost where it can't be written.
 * Exit codes: 0 no more orders, 65 an order that makes no sense, 71 no memory for one.
 *
 * Without a C library: a static binary of a few KB, because one stays in memory for each app.
 */
#include <asm/errno.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "kernel.h"

#define SERVICE 3
#define MSG_PEEK 0x2
#define MSG_DONTWAIT 0x40
#define MSG_WAITALL 0x100
#define MSG_NOSIGNAL 0x4000
#define CLOCK_BOOTTIME 7
#define STANDING 1
#define EVEN_AFTER_SUCCESS 2
#define CLD_EXITED 1
#define CLD_DUMPED 3
#define CORE_DUMPED 0x80
#define LINE_SIZE 64
#define STAT_SIZE 1024
#define RECORD_SIZE 768
#define POINTER sizeof(char *)

/*
 * What comes before the strings of an order: their length in bytes, the number of arguments and of variables. A
 * standing order is for an app that has lived so long.
 */
struct head {
    unsigned size, arguments, variables, flags, least_age_ms;
};

struct order {
    struct head head;
    const char *file, *first_lines, *program, *directory, *output;
    char **argv, **envp;
    char *memory;
    unsigned long memory_size;
};

/* An app that runs, or has ended. */
struct run {
    long app, ticks, since_ms;
    int status;
};

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

/*
 * What we are and what we have written; the status file stays open from order to order. It is all on the stack: a
 * section of data would make the binary twenty times larger on aarch64, whose pages may have 64 KB.
 */
struct self {
    long pid, ticks;
    int file, length;
    char record[RECORD_SIZE];
};

/* What does not fit is left out: only first lines as no service writes them could be that long. */
static void put_record(struct self *self, const char *text, int length) {
    for (int i = 0; i < length && self->length < RECORD_SIZE; i++) self->record[self->length++] = text[i];
}

static void write_record(struct self *self) {
    call(__NR_pwrite64, self->file, (long)self->record, RECORD_SIZE, 0, 0);
}

static void clear_record(struct self *self, const char *first_lines) {
    int length = 0;
    for (volatile char *at = self->record; at < self->record + RECORD_SIZE; at++) *at = '\n';
    while (first_lines[length]) length++;
    self->length = 0;
    put_record(self, first_lines, length);
}

/* The service may be gone, which is no reason to end. */
static void report(const char *text, int length) {
    call6(__NR_sendto, SERVICE, (long)text, length, MSG_NOSIGNAL, 0, 0);
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

/* All of `size` bytes, or nothing that is of use: the sender is gone. */
static int receive(void *to, unsigned long size) {
    unsigned long length = 0;
    while (length < size) {
        long count = call6(__NR_recvfrom, SERVICE, (long)((char *)to + length), size - length, MSG_WAITALL, 0, 0);
        if (count == -EINTR) continue;
        if (count <= 0) return 0;
        length += count;
    }
    return 1;
}

/* The string at *at, which is moved behind it. */
static char *next(char **at, char *end) {
    char *string = *at;
    while (*at < end && **at) ++*at;
    if (*at >= end) leave(65);
    ++*at;
    return string;
}

static char **strings(char ***pointers, unsigned count, char **at, char *end) {
    char **first = *pointers;
    for (unsigned i = 0; i < count; i++) *(*pointers)++ = next(at, end);
    *(*pointers)++ = 0;
    return first;
}

/* The next order, or the end of the keeper. Half an order is none: its sender died. */
static void receive_order(struct order *order) {
    struct head *head = &order->head;
    order->memory = 0;
    if (!receive(head, sizeof *head)) leave(0);
    if (!head->size) return;
    if (head->arguments > head->size || head->variables > head->size) leave(65);
    unsigned long pointers = (head->arguments + head->variables + 2UL) * POINTER;
    order->memory_size = pointers + head->size;
    long memory = call6(__NR_mmap, 0, order->memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory < 0 && memory > -4096) leave(71);
    order->memory = (char *)memory;
    char **free = (char **)memory, *at = order->memory + pointers, *end = at + head->size;
    if (!receive(at, head->size)) leave(0);
    order->file = next(&at, end);
    order->first_lines = next(&at, end);
    order->program = next(&at, end);
    order->directory = next(&at, end);
    order->output = next(&at, end);
    order->argv = strings(&free, head->arguments, &at, end);
    order->envp = strings(&free, head->variables, &at, end);
}

static void drop(struct order *order) {
    if (order->memory) call(__NR_munmap, (long)order->memory, order->memory_size, 0, 0, 0);
    order->memory = 0;
}

static long now_ms(void) {
    long time[2];
    call(__NR_clock_gettime, CLOCK_BOOTTIME, (long)time, 0, 0, 0);
    return time[0] * 1000 + time[1] / 1000000;
}

/* What has come and is not taken yet; negative when nothing has. */
static long look(void *at, unsigned long size) {
    return call6(__NR_recvfrom, SERVICE, (long)at, size, MSG_PEEK | MSG_DONTWAIT, 0, 0);
}

/* Whether an order stands that is to be carried out after this end: the last word there is. */
static int take_standing(const struct run *ended, struct order *order) {
    struct head head;
    char any;
    order->memory = 0;
    while (look(&head, sizeof head) == sizeof head && head.flags & STANDING) {
        drop(order);
        receive_order(order);
    }
    if (!order->memory) return 0;
    int is_meant = now_ms() - ended->since_ms >= (long)order->head.least_age_ms &&
                   (ended->status || order->head.flags & EVEN_AFTER_SUCCESS);
    if (is_meant && look(&any, 1) == -EAGAIN) return 1;
    drop(order);
    return 0;
}

/* Not our user's mistake, and not over when it is told. */
static int is_of_disk(long error) {
    return error == EROFS || error == EIO || error == ENOSPC || error == EDQUOT || error == ESTALE;
}

/* In the child, in the memory of its parent, which waits: returns the errno of what failed. */
static long become(const struct order *order) {
    unsigned long none = 0;
    call(__NR_setsid, 0, 0, 0, 0, 0);
    long failed = call(__NR_chdir, (long)order->directory, 0, 0, 0, 0);
    if (failed) return -failed;
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    long output = call(__NR_openat, AT_FDCWD, (long)order->output, flags, 0600, 0);
    if (is_of_disk(-output)) output = call(__NR_openat, AT_FDCWD, (long)"/dev/null", O_WRONLY | O_CLOEXEC, 0, 0);
    if (output < 0) return -output;
    call(__NR_dup3, output, 1, 0, 0, 0);
    call(__NR_dup3, output, 2, 0, 0, 0);
    call(__NR_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof none, 0);
    return -call(__NR_execve, (long)order->program, (long)order->argv, (long)order->envp, 0, 0);
}

__attribute__((noinline, noreturn)) static void be_child(const struct order *order, volatile long *error) {
    *error = become(order);
    leave(127);
    __builtin_unreachable();
}

/*
 * Like vfork: parent and child share the stack, and the parent goes on when the child has executed or left. That is
 * safe because the child only calls down from here, and nothing of this frame is written to meanwhile.
 */
__attribute__((noinline)) static long start(const struct order *order, volatile long *error) {
    long app = call(__NR_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
    if (app == 0) be_child(order, error);
    return app;
}

static int wait_status(const struct signal_info *ended) {
    return ended->code == CLD_EXITED ? ended->status << 8
                                     : ended->status | (ended->code == CLD_DUMPED ? CORE_DUMPED : 0);
}

/* Reaps until there is no child left; returns the length of what is still to be told then. */
static int reap(struct self *self, struct run *run, char *lines) {
    int length = 0;
    for (;;) {
        struct signal_info ended;
        int wait = length ? WEXITED | WNOWAIT | WNOHANG : WEXITED | WNOWAIT;
        ended.pid = 0;
        long result = call(__NR_waitid, P_ALL, 0, (long)&ended, wait, 0);
        if (result == -EINTR) continue;
        if (result < 0) return length;
        if (!ended.pid) {
            report(lines, length);
            length = 0;
            continue;
        }
        if (ended.pid == run->app) {
            run->status = wait_status(&ended);
            length = put_line(lines, "ended", run->app, run->status);
            put_record(self, lines, length);
            write_record(self);
        }
        call(__NR_wait4, ended.pid, 0, 0, 0, 0);
    }
}

/* Returns 0, or the errno of what failed. */
static long execute(const struct order *order, struct run *run) {
    volatile long error = 0;
    run->since_ms = now_ms();
    run->app = start(order, &error);
    if (run->app < 0) return -run->app;
    if (error) call(__NR_wait4, run->app, 0, 0, 0, 0);
    else run->ticks = start_ticks(run->app);
    return error;
}

static void begin_record(struct self *self, const struct order *order) {
    char line[LINE_SIZE];
    clear_record(self, order->first_lines);
    put_record(self, line, put_line(line, "keeper", self->pid, self->ticks));
}

/* Carries out a standing order, if there is one that can be; what is told ends with that. */
static int start_again(struct self *self, struct run *run, char *lines, int length) {
    struct order order;
    struct run ended = *run;
    char line[LINE_SIZE];
    if (!take_standing(&ended, &order)) return 0;
    long error = execute(&order, run);
    if (!error) {
        begin_record(self, &order);
        put_record(self, line, put_line(line, "before", ended.app, ended.ticks));
        put_record(self, line, put_line(line, "ended-before", ended.app, ended.status));
        put_record(self, line, put_line(line, "started", run->app, run->ticks));
        write_record(self);
        report(lines, length + put_line(lines + length, "again", run->app, run->ticks));
    }
    drop(&order);
    return !error;
}

/* The last words on the app and on its tree are one message where they can be. */
static void keep(struct self *self, struct run *run) {
    char lines[2 * LINE_SIZE];
    int length;
    /* Told already: something of the tree outlived the app, and the service looks after it. */
    do length = reap(self, run, lines);
    while (length && start_again(self, run, lines, length));
    int empty = put_line(lines + length, "empty", self->pid, -1);
    report(lines, length + empty);
    put_record(self, lines + length, empty);
    write_record(self);
}

/* Carries out one order; returns when its tree is empty. */
static void obey(struct self *self) {
    struct order order;
    struct run run;
    char line[LINE_SIZE];
    long error = 0;
    receive_order(&order);
    /* One that stood for an app that has ended is void. */
    if (!order.memory || order.head.flags & STANDING) {
        drop(&order);
        return;
    }
    if (self->file < 0)
        self->file = call(__NR_openat, AT_FDCWD, (long)order.file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600, 0);
    if (self->file < 0 && !is_of_disk(-self->file)) {
        report(line, put_line(line, "unkept", -self->file, -1));
        drop(&order);
        return;
    }
    error = execute(&order, &run);
    begin_record(self, &order);
    int length = error ? put_line(line, "failed", error, -1) : put_line(line, "started", run.app, run.ticks);
    put_record(self, line, length);
    write_record(self);
    report(line, length);
    drop(&order);
    if (!error) keep(self, &run);
}

__attribute__((used)) void keeper(void) {
    unsigned long all = ~0UL;
    /* Signals to the app's name or group are not for us. */
    call(__NR_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, sizeof all, 0);
    call(__NR_close_range, SERVICE + 1, ~0U, 0, 0, 0);
    call(__NR_fcntl, SERVICE, F_SETFD, FD_CLOEXEC, 0, 0);
    call(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    struct self self;
    self.file = -1;
    self.pid = call(__NR_getpid, 0, 0, 0, 0, 0);
    self.ticks = start_ticks(self.pid);
    for (;;) obey(&self);
}

START(keeper);
