/* The supervised child of the bench. It writes the monotonic time of its first and last instruction into a mapped
 * file, so that no figure depends on how often the bench looks.
 *   stamp FILE ID live MS    live MS milliseconds, exit 1
 *   stamp FILE ID wait       live until TERM, exit 0
 * FILE: a 64-byte head whose first word counts the records, then records of 24 bytes. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct record { uint32_t id, pid; uint64_t nanos; uint32_t kind, unused; };

static char *map;
static uint32_t id, capacity;

static uint64_t nanos(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void stamp(uint32_t kind, uint64_t at) {
  uint32_t i = __atomic_fetch_add((uint32_t *)(void *)map, 1, __ATOMIC_RELAXED);
  if (i >= capacity) return;
  struct record *r = (struct record *)(void *)(map + 64) + i;
  r->id = id;
  r->pid = (uint32_t)getpid();
  r->nanos = at;
  __atomic_store_n(&r->kind, kind, __ATOMIC_RELEASE); /* last: a record with a kind is whole */
}

static void ended(int signal) {
  (void)signal;
  stamp('T', nanos());
  _exit(0);
}

int main(int argc, char **argv) {
  uint64_t began = nanos();
  struct stat s;
  if (argc < 4) return 64;
  int fd = open(argv[1], O_RDWR);
  if (fd < 0 || fstat(fd, &s)) return 66;
  map = mmap(0, (size_t)s.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) return 71;
  close(fd);
  capacity = (uint32_t)((s.st_size - 64) / (off_t)sizeof(struct record));
  id = (uint32_t)atoi(argv[2]);
  signal(SIGTERM, ended);
  stamp('S', began);
  if (!strcmp(argv[3], "live") && argc > 4) {
    long ms = atol(argv[4]);
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, 0);
    stamp('X', nanos());
    _exit(1);
  }
  for (;;) pause();
}
