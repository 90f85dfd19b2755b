/* Index files: <state>/gzindex/<hash of the facts>, in the machine's byte order (a state
 * directory does not travel, and the magic number tells):
 *
 *   head       struct head, 4 bytes of CRC-32 of it included
 *   points     struct file_point each
 *   pieces     uint32_t each, CRC-32 of the voxels' bytes
 *   windows    of the points, one after the other */
#include "core/source/gzip/gzindex_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/clock.h"
#include "core/base/text.h"

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

/* The path of a file of the index directory ("": of the directory), malloc. */
static char *path_of(const char *state, const char *name)
{
  char *path = NULL;
  return asprintf(&path, "%s/gzindex/%s", state, name) < 0 ? NULL : path;
}

static char *index_path(const char *state, const struct gzindex_facts *facts)
{
  char name[32];
  snprintf(name, sizeof name, "%016llx", text_hash(0, facts, sizeof *facts));
  return path_of(state, name);
}

/* Makes the directories that lead to path, private (0700) as the XDG specification wants
 * them. */
static void make_directories(char *path)
{
  for (char *p = path + 1; *p; p++)
    if (*p == '/') {
      *p = '\0';
      mkdir(path, 0700);
      *p = '/';
    }
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

/* Only a plain file of this user is read; its time is then set, to note that it was
 * used. */
bool gzindex_file_read(const char *state, const struct gzindex_facts *facts,
                       struct gzindex_content *out)
{
  char *path CLEANUP_FREE = index_path(state, facts);
  int fd CLEANUP_CLOSE =
      path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW) : -1;
  struct stat st;
  if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
      st.st_size == 0 || st.st_size > GZINDEX_FILE_MAX ||
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

static bool write_file(const char *path, const struct gzindex_facts *facts,
                       const struct gzindex_content *content)
{
  char *beside CLEANUP_FREE = NULL;
  if (asprintf(&beside, "%s.XXXXXX", path) < 0) {
    beside = NULL;
    return false;
  }
  const int fd = mkostemp(beside, O_CLOEXEC);
  FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
  bool good = file && put_all(file, facts, content);
  if (file)
    good = !fclose(file) && good;
  else if (fd >= 0)
    close(fd);
  good = good && !rename(beside, path);
  if (!good && fd >= 0)
    unlink(beside);
  return good;
}

void gzindex_file_write(const char *state, const struct gzindex_facts *facts,
                        const struct gzindex_content *content)
{
  char *path CLEANUP_FREE = index_path(state, facts);
  if (!path)
    return;
  make_directories(path);
  if (write_file(path, facts, content))
    gzindex_directory_trim(state, GZINDEX_DIRECTORY_MAX);
}

void gzindex_file_remove(const char *state, const struct gzindex_facts *facts)
{
  char *path CLEANUP_FREE = index_path(state, facts);
  if (path)
    unlink(path);
}

/* --- the directory ----------------------------------------------------------------- */

/* Adds up the bytes of all files, and finds the name of the oldest. */
static int64_t look(DIR *dir, char oldest[NAME_MAX + 1])
{
  struct timespec age = {0};
  int64_t all = 0;
  oldest[0] = '\0';
  rewinddir(dir);
  for (const struct dirent *entry; (entry = readdir(dir));) {
    struct stat st;
    if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
        !S_ISREG(st.st_mode))
      continue;
    all += st.st_size;
    if (!oldest[0] || clock_after(age, st.st_mtim)) {
      age = st.st_mtim;
      snprintf(oldest, NAME_MAX + 1, "%s", entry->d_name);
    }
  }
  return all;
}

void gzindex_directory_trim(const char *state, int64_t most)
{
  char *path CLEANUP_FREE = path_of(state, "");
  DIR *dir = path ? opendir(path) : NULL;
  char oldest[NAME_MAX + 1];
  if (!dir)
    return;
  while (look(dir, oldest) > most)
    if (!oldest[0] || unlinkat(dirfd(dir), oldest, 0))
      break;
  closedir(dir);
}
