/* Reading a text file: see text_file.h. */
#include "mountopts/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/beneath.h"
#include "core/base/cleanup.h"

/* Reads up to `size` bytes into text; returns how many there were, or -1. */
static ssize_t read_all(int fd, char *text, size_t size)
{
  size_t got = 0;
  ssize_t n = 1;
  while (n > 0 && got < size) {
    n = read(fd, text + got, size - got);
    got += n > 0 ? (size_t)n : 0;
  }
  return n < 0 ? -1 : (ssize_t)got;
}

char *text_file_read(const char *beneath, const char *path, size_t *size,
                     struct timespec *mtime, struct err *err)
{
  struct stat st;
  CLEANUP_CLOSE int fd = beneath_open(beneath, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && errno == EXDEV) {
    err_set(err, EINVAL,
            "%s: points outside %s, where only a description that is named with -o "
            "config=FILE may lead",
            path, beneath);
    return NULL;
  }
  if (fd < 0 || fstat(fd, &st)) {
    err_set_errno(err, errno, "%s", path);
    return NULL;
  }
  if (!S_ISREG(st.st_mode)) {
    err_set(err, EINVAL, "%s: expected a file, found something else", path);
    return NULL;
  }
  if (st.st_size > TEXT_FILE_BYTES) {
    err_set(err, EINVAL,
            "%s: expected a text of at most %d MiB, found %lld bytes; patterns with "
            "{names} say in a line what lists say file by file",
            path, TEXT_FILE_BYTES >> 20, (long long)st.st_size);
    return NULL;
  }
  char *text = malloc((size_t)st.st_size + 1);
  if (!text) {
    err_set(err, ENOMEM, "%s: out of memory", path);
    return NULL;
  }
  const ssize_t n = read_all(fd, text, (size_t)st.st_size);
  if (n < 0) {
    err_set_errno(err, errno, "%s: cannot read", path);
    free(text);
    return NULL;
  }
  text[n] = '\0';
  *size = (size_t)n;
  if (mtime)
    *mtime = st.st_mtim;
  return text;
}
