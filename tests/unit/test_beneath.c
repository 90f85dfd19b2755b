/* What may be opened beneath a directory: by the kernel's own resolution, and without. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/beneath.h"
#include "tests/support/source_check.h"

static char base[PATH_MAX], root[PATH_MAX + 8];

/* Reads the file's first letter; '-' and errno when it cannot be opened. */
static char letter(const char *name)
{
  char path[2 * PATH_MAX], c = '?';
  snprintf(path, sizeof path, "%s/%s", root, name);
  const int fd = beneath_open(root, *name == '/' ? name : path, O_RDONLY | O_CLOEXEC);
  const int errnum = errno;
  if (fd < 0) {
    errno = errnum;
    return '-';
  }
  if (read(fd, &c, 1) != 1)
    c = '!';
  close(fd);
  return c;
}

static bool refused(const char *name, int errnum)
{
  return letter(name) == '-' && errno == errnum;
}

static void make_files(void)
{
  if (!getcwd(base, sizeof base))
    exit(1);
  snprintf(root, sizeof root, "%s/in", base);
  CHECK(!system("mkdir -p in/sub/deep out && echo i >in/file && echo s >in/sub/file &&"
                "echo o >out/file && cd in && ln -s ../out/file l_rel &&"
                "ln -s \"$PWD/../out/file\" l_abs && ln -s ../out dir &&"
                "ln -s file same && ln -s \"$PWD/sub\" sub_abs && ln -s ../.. sub/up &&"
                "ln -s ../file sub/back && ln -s /nowhere dangling && ln -s loop loop &&"
                "ln -s /proc/self/root/etc/passwd magic && mkdir ../in2 &&"
                "echo x >../in2/file"));
}

static void test_what_is_reached(void)
{
  char path[2 * PATH_MAX];
  CHECK(letter("file") == 'i' && letter("sub/file") == 's');
  CHECK(letter("same") == 'i' && letter("sub/back") == 'i');
  CHECK(letter("sub_abs/file") == 's' && letter("sub/../file") == 'i');
  CHECK(letter("../in/file") == 'i' && letter("./sub//deep/../file") == 's');
  snprintf(path, sizeof path, "%s/sub_abs/file", root);
  CHECK(letter(path) == 's');
  CHECK(refused("l_rel", EXDEV) && refused("l_abs", EXDEV));
  CHECK(refused("dir/file", EXDEV) && refused("sub/up/out/file", EXDEV));
  CHECK(refused("../out/file", EXDEV) && refused("/etc/passwd", EXDEV));
  CHECK(refused("../in2/file", EXDEV)); /* a name that begins like the root's */
  CHECK(refused("magic", EXDEV));
  CHECK(refused("none", ENOENT) && refused("file/x", ENOTDIR));
  CHECK(refused("dangling", ENOENT) && refused("loop", ELOOP));
  CHECK(!beneath_stat(root, root, &(struct stat){0}));
  CHECK(beneath_open(NULL, "out/file", O_RDONLY) >= 0);
}

/* --- while links are swapped ------------------------------------------------------- */

static atomic_bool stop;

static void swap(const char *target)
{
  if (symlink(target, "in/new") || rename("in/new", "in/swapped"))
    abort();
}

static void *swap_links(void *ctx)
{
  static const char *const targets[] = {"sub", "../out"};
  for (unsigned i = 0; !atomic_load(&stop); i++)
    swap(targets[i % 2]);
  return NULL;
}

static void test_swapped(void)
{
  pthread_t thread;
  int inside = 0, outside = 0;
  swap("sub");
  atomic_store(&stop, false);
  pthread_create(&thread, NULL, swap_links, NULL);
  for (int i = 0; i < 20000; i++) {
    const char c = letter("swapped/file");
    inside += c == 's';
    outside += c == 'o';
  }
  atomic_store(&stop, true);
  pthread_join(thread, NULL);
  CHECK(outside == 0);
  CHECK(inside > 0);
}

/* --- without openat2 --------------------------------------------------------------- */

/* As a kernel before 5.6 answers, or a container that forbids it. */
static void forbid_openat2(int errnum)
{
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)errnum),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {sizeof code / sizeof *code, code};
  CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  CHECK(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
  CHECK(syscall(SYS_openat2, 0, "", NULL, 0) < 0 && errno == errnum);
}

static void test_without(int errnum)
{
  const pid_t pid = fork();
  if (pid == 0) {
    forbid_openat2(errnum);
    test_what_is_reached();
    test_swapped();
    _exit(check_report("beneath, in a child"));
  }
  int status = -1;
  CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
  check_dir_make();
  make_files();
  test_what_is_reached();
  test_swapped();
  test_without(ENOSYS);
  test_without(EPERM);
  return check_report("beneath");
}
