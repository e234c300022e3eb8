/* What the machine can do at best: start, wait, start again, and nothing else.
 *   limit COUNT STAMP FILE MODE [MS]     keeps COUNT children alive until TERM */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t children[4096];
static int count;
static volatile sig_atomic_t ending;
static char **words;

static void start(int i) {
  char id[16];
  snprintf(id, sizeof id, "%d", i);
  char *argv[] = {words[2], words[3], id, words[4], words[5], 0};
  pid_t pid = vfork();
  if (pid == 0) {
    execv(argv[0], argv);
    _exit(127);
  }
  children[i] = pid;
}

static void end(int signal) {
  (void)signal;
  ending = 1;
  for (int i = 0; i < count; i++)
    if (children[i] > 0) kill(children[i], SIGTERM);
}

int main(int argc, char **argv) {
  if (argc < 5) return 64;
  words = argv;
  count = atoi(argv[1]);
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, 0);
  for (int i = 0; i < count; i++) start(i);
  for (;;) {
    pid_t pid = waitpid(-1, 0, 0);
    if (pid < 0 && ending) return 0;
    for (int i = 0; pid > 0 && i < count; i++) {
      if (children[i] != pid) continue;
      children[i] = 0;
      if (!ending) start(i);
      break;
    }
  }
}
