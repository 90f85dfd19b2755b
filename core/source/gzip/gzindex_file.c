/* Index files: <state>/gzindex/<hash of the facts>, in the machine's byte order (a state
 * directory does not travel, and the magic number tells):
 *
 *   head       struct head, 4 bytes of CRC-32 of it included
 *   points     struct file_point each
 *   pieces     uint32_t each, CRC-32 of the voxels' bytes
 *   windows    of the points, one after the other */
#include "core/source/gzip/gzindex_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/state_dir.h"
#include "core/base/text.h"

#define GZINDEX_DIRECTORY "gzindex"

static const uint64_t magic = 0x31697a6766737474; /* "ttsfgzi1" */

struct head {
  uint64_t magic;
  struct gzindex_facts facts;
  int64_t npoints;
  int64_t body; /* bytes after the head */
  uint32_t body_crc;
  uint32_t head_crc; /* of what stands before it */
};

struct file_point {
  int64_t in, out;
  uint16_t nwindow, stored;
  uint8_t bits, start, unused[2];
};

/* --- names ------------------------------------------------------------------------- */

enum { NAME_DIGITS = 16 };

/* The name of an index file, and of one that is being written: 16 hexadecimal digits. */
static void put_name(uint64_t number, char name[NAME_DIGITS + 1])
{
  snprintf(name, NAME_DIGITS + 1, "%016llx", (unsigned long long)number);
}

static void index_name(const struct gzindex_facts *facts, char name[NAME_DIGITS + 1])
{
  put_name(text_hash(0, facts, sizeof *facts), name);
}

/* Returns whether a file of this name may be one of ours. */
static bool is_index_name(const char *name)
{
  return strlen(name) == NAME_DIGITS && strspn(name, "0123456789abcdef") == NAME_DIGITS;
}

/* Returns a descriptor of the index directory, or -1.  That it is refused is said once,
 * since every large file asks for it; that it is absent is no error. */
static int open_directory(const char *state, bool make)
{
  static atomic_flag told = ATOMIC_FLAG_INIT;
  struct err err = ERR_INIT;
  const int dir = state_dir_open(state, GZINDEX_DIRECTORY, make, &err);
  if (dir < 0 && err.errnum == EPERM && !atomic_flag_test_and_set(&told))
    log_error("%s; no index of a large .gz file is kept", err.msg);
  return dir;
}

/* --- reading ----------------------------------------------------------------------- */

static bool head_is_good(const struct head *head, const struct gzindex_facts *facts,
                         size_t size)
{
  const int64_t most = GZINDEX_FILE_MAX;
  return head->magic == magic &&
         head->head_crc == libdeflate_crc32(0, head, offsetof(struct head, head_crc)) &&
         !memcmp(&head->facts, facts, sizeof *facts) && head->body >= 0 &&
         (size_t)head->body == size - sizeof *head && facts->npieces > 0 &&
         facts->npieces <= most / (int64_t)sizeof(uint32_t) && head->npoints > 0 &&
         head->npoints <= most / (int64_t)sizeof(struct file_point) &&
         head->body >= head->npoints * (int64_t)sizeof(struct file_point) +
                           facts->npieces * (int64_t)sizeof(uint32_t);
}

/* Checks that points are in order, lie inside the file, and can be where they say. */
static bool point_is_good(const struct file_point *point, const struct gzpoint *before,
                          int64_t file_size)
{
  if (point->bits > 7 || point->start > 1 || point->nwindow > GZIP_WINDOW ||
      point->stored > point->nwindow || (point->nwindow && !point->stored) ||
      (point->start && (point->nwindow || point->bits)))
    return false;
  if (!before)
    return point->start && point->in == 0 && point->out == 0;
  return point->in > before->in && point->in <= file_size && point->out > before->out;
}

/* Takes the windows' bytes, from *rest on. */
static bool parse_points(const struct head *head, const unsigned char *bytes,
                         const unsigned char *rest, const unsigned char *end,
                         struct gzpoints *out)
{
  if (gzpoints_reserve(out, head->npoints))
    return false;
  for (int64_t i = 0; i < head->npoints; i++) {
    struct file_point stored;
    memcpy(&stored, bytes + (size_t)i * sizeof stored, sizeof stored);
    if (!point_is_good(&stored, i ? &out->at[i - 1] : NULL, head->facts.file_size) ||
        end - rest < stored.stored)
      return false;
    struct gzpoint point = {stored.in,      stored.out,    stored.bits, stored.start,
                            stored.nwindow, stored.stored, NULL};
    if (point.stored) {
      if (!(point.window = malloc(point.stored)))
        return false;
      memcpy(point.window, rest, point.stored);
      rest += point.stored;
    }
    gzpoints_push(out, &point);
  }
  return rest == end;
}

static bool parse_body(const struct head *head, const unsigned char *body,
                       struct gzindex_content *out)
{
  const size_t crcs = (size_t)head->facts.npieces * sizeof(uint32_t);
  const unsigned char *pieces = body + (size_t)head->npoints * sizeof(struct file_point);
  if (head->body_crc != libdeflate_crc32(0, body, (size_t)head->body) ||
      !parse_points(head, body, pieces + crcs, body + head->body, &out->points))
    return false;
  out->crcs = malloc(crcs);
  if (!out->crcs)
    return false;
  memcpy(out->crcs, pieces, crcs);
  return true;
}

bool gzindex_parse(const struct gzindex_facts *facts, const void *bytes, size_t size,
                   struct gzindex_content *out)
{
  struct head head;
  *out = (struct gzindex_content){.points = {.spacing = GZPOINTS_SPACING}};
  if (size < sizeof head)
    return false;
  memcpy(&head, bytes, sizeof head);
  if (head_is_good(&head, facts, size) &&
      parse_body(&head, (const unsigned char *)bytes + sizeof head, out))
    return true;
  gzpoints_free(&out->points);
  return false;
}

static bool read_all(int fd, char *bytes, size_t size)
{
  size_t done = 0;
  while (done < size) {
    const ssize_t n = pread(fd, bytes + done, size - done, (off_t)done);
    if (n <= 0)
      return false;
    done += (size_t)n;
  }
  return true;
}

/* The bytes are read into mapped pages, which go back to the system at once. */
static bool read_and_parse(int fd, const struct gzindex_facts *facts, size_t size,
                           struct gzindex_content *out)
{
  char *bytes =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (bytes == MAP_FAILED)
    return false;
  const bool good = read_all(fd, bytes, size) && gzindex_parse(facts, bytes, size, out);
  munmap(bytes, size);
  return good;
}

/* Only a plain file of this user is read, which nobody else can write; its time is then
 * set, to note that it was used. */
bool gzindex_file_read(const char *state, const struct gzindex_facts *facts,
                       struct gzindex_content *out)
{
  char name[NAME_DIGITS + 1];
  struct stat st;
  index_name(facts, name);
  int dir CLEANUP_CLOSE = open_directory(state, false);
  int fd CLEANUP_CLOSE =
      dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
      st.st_mode & 022 || st.st_size == 0 || st.st_size > GZINDEX_FILE_MAX ||
      !read_and_parse(fd, facts, (size_t)st.st_size, out))
    return false;
  futimens(fd, NULL);
  return true;
}

/* --- writing ----------------------------------------------------------------------- */

/* The body while it is written to a file: counted and summed, never whole in memory. */
struct writer {
  FILE *file;
  int64_t size;
  uint32_t crc;
};

static void put(struct writer *writer, const void *bytes, size_t size)
{
  fwrite(bytes, 1, size, writer->file);
  writer->size += (int64_t)size;
  writer->crc = libdeflate_crc32(writer->crc, bytes, size);
}

static void put_body(struct writer *writer, const struct gzindex_facts *facts,
                     const struct gzindex_content *content)
{
  const struct gzpoints *points = &content->points;
  for (int64_t i = 0; i < points->n; i++) {
    const struct gzpoint *at = &points->at[i];
    const struct file_point point = {at->in,   at->out,   at->nwindow, at->stored,
                                     at->bits, at->start, {0}};
    put(writer, &point, sizeof point);
  }
  put(writer, content->crcs, (size_t)facts->npieces * sizeof(uint32_t));
  for (int64_t i = 0; i < points->n; i++)
    if (points->at[i].stored)
      put(writer, points->at[i].window, points->at[i].stored);
}

/* The head is written last: a file that was not written to its end has none. */
static bool put_all(FILE *file, const struct gzindex_facts *facts,
                    const struct gzindex_content *content)
{
  struct head head = {0};
  struct writer writer = {.file = file};
  fwrite(&head, 1, sizeof head, file);
  put_body(&writer, facts, content);
  head = (struct head){.magic = magic,
                       .facts = *facts,
                       .npoints = content->points.n,
                       .body = writer.size,
                       .body_crc = writer.crc};
  head.head_crc = libdeflate_crc32(0, &head, offsetof(struct head, head_crc));
  if (fseek(file, 0, SEEK_SET))
    return false;
  fwrite(&head, 1, sizeof head, file);
  return !fflush(file) && !ferror(file);
}

/* Makes a new file of mode 0600, whatever the umask says.  Its name is one of ours too,
 * so that what a killed process left is trimmed like an index. */
static int make_beside(int dir, char name[NAME_DIGITS + 1])
{
  for (int tries = 0; tries < 100; tries++) {
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != sizeof number)
      return -1;
    put_name(number, name);
    const int fd =
        openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0)
      fchmod(fd, 0600);
    if (fd >= 0 || errno != EEXIST)
      return fd;
  }
  return -1;
}

static bool write_file(int dir, const char *name, const struct gzindex_facts *facts,
                       const struct gzindex_content *content)
{
  char beside[NAME_DIGITS + 1];
  const int fd = make_beside(dir, beside);
  FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
  bool good = file && put_all(file, facts, content);
  if (file)
    good = !fclose(file) && good;
  else if (fd >= 0)
    close(fd);
  good = good && !renameat(dir, beside, dir, name);
  if (!good && fd >= 0)
    unlinkat(dir, beside, 0);
  return good;
}

/* --- the directory ----------------------------------------------------------------- */

/* Adds up the bytes of our files, and finds the name of the oldest.  What else stands
 * there is nobody's business here. */
static int64_t look(DIR *dir, char oldest[NAME_DIGITS + 1])
{
  struct timespec age = {0};
  int64_t all = 0;
  oldest[0] = '\0';
  rewinddir(dir);
  for (const struct dirent *entry; (entry = readdir(dir));) {
    struct stat st;
    if (!is_index_name(entry->d_name) ||
        fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
        !S_ISREG(st.st_mode) || st.st_uid != geteuid())
      continue;
    all += st.st_size;
    if (!oldest[0] || clock_after(age, st.st_mtim)) {
      age = st.st_mtim;
      memcpy(oldest, entry->d_name, NAME_DIGITS + 1);
    }
  }
  return all;
}

static void trim(int fd, int64_t most)
{
  const int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = copy < 0 ? NULL : fdopendir(copy);
  char oldest[NAME_DIGITS + 1];
  if (!dir && copy >= 0)
    close(copy);
  if (!dir)
    return;
  while (look(dir, oldest) > most)
    if (!oldest[0] || unlinkat(fd, oldest, 0))
      break;
  closedir(dir);
}

void gzindex_directory_trim(const char *state, int64_t most)
{
  int dir CLEANUP_CLOSE = open_directory(state, false);
  if (dir >= 0)
    trim(dir, most);
}

int gzindex_directory_check(const char *state, struct err *err)
{
  struct err why = ERR_INIT;
  int dir CLEANUP_CLOSE = state_dir_open(state, GZINDEX_DIRECTORY, false, &why);
  return dir >= 0 || why.errnum == ENOENT ? 0 : err_set(err, why.errnum, "%s", why.msg);
}

/* --- from outside ------------------------------------------------------------------ */

void gzindex_file_write(const char *state, const struct gzindex_facts *facts,
                        const struct gzindex_content *content)
{
  char name[NAME_DIGITS + 1];
  int dir CLEANUP_CLOSE = open_directory(state, true);
  index_name(facts, name);
  if (dir >= 0 && write_file(dir, name, facts, content))
    trim(dir, GZINDEX_DIRECTORY_MAX);
}

void gzindex_file_remove(const char *state, const struct gzindex_facts *facts)
{
  char name[NAME_DIGITS + 1];
  int dir CLEANUP_CLOSE = open_directory(state, false);
  index_name(facts, name);
  if (dir >= 0)
    unlinkat(dir, name, 0);
}
