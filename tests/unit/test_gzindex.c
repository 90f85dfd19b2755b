/* Restart points: random pieces of gzip files of every kind against the bytes that Python
 * compressed; damage of every kind; what is kept, what it costs, what it takes. */
#include <libdeflate.h>

#include "core/base/cancel.h"
#include "core/source/gzip/gzindex_file.h"
#include "tests/support/gzindex_check.h"

static const char *const kinds[] = {
    "noise0",    "noise1",    "noise6", "noise9", "labels0", "labels1",
    "labels6",   "labels9",   "words",  "random", "zeros",   "strategy0",
    "strategy1", "strategy2", "sync",   "full",   "block",   "many",
    "uneven",    "padded",    "tiny",   "empty",  "fields"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static struct gzindex_pieces one_run(size_t size, int64_t offset, int64_t piece)
{
  return (struct gzindex_pieces){offset, 1, (int64_t)size - offset, piece};
}

static bool open_kind(struct source_pool *pool, const char *name,
                      const struct gzindex_pieces *pieces, struct gz_opened *out)
{
  char path[100];
  snprintf(path, sizeof path, "%s.gz", name);
  return CHECK(gz_open(pool, path, pieces, out));
}

/* A file of some kind and the bytes that it was made from. */
struct kind {
  struct gz_opened opened;
  char *raw;
  size_t size;
};

/* Opened in pieces of `piece` bytes from `offset` on; 0: all is one piece.  kind_close()
 * in both cases. */
static bool kind_open(struct source_pool *pool, const char *name, int64_t offset,
                      int64_t piece, struct kind *out)
{
  out->raw = gz_file(name, ".raw", &out->size);
  const struct gzindex_pieces pieces =
      one_run(out->size, offset, piece ? piece : (int64_t)out->size);
  return open_kind(pool, name, &pieces, &out->opened);
}

static int kind_piece(const struct kind *kind, int64_t piece, struct err *err)
{
  return gz_piece(&kind->opened, piece, kind->raw, kind->opened.out, err);
}

static struct gzindex_stats kind_stats(const struct kind *kind)
{
  struct gzindex_stats stats;
  gzindex_stats(kind->opened.index, &stats);
  return stats;
}

static void kind_close(struct kind *kind)
{
  gz_close(&kind->opened);
  free(kind->raw);
}

/* --- right bytes ------------------------------------------------------------------- */

static void check_random(struct source_pool *pool, const char *name,
                         const struct gzindex_pieces *pieces, const char *raw)
{
  struct gz_opened opened;
  struct err err = ERR_INIT;
  uint64_t state = 7;
  if (!open_kind(pool, name, pieces, &opened))
    return;
  const int64_t n = gzindex_piece_count(pieces);
  bool same = true;
  for (int i = 0; same && i < 60; i++)
    same = !gz_piece(&opened, check_draw(&state, n), raw, opened.out, &err);
  if (!CHECK(same))
    fprintf(stderr, "%s: %s\n", name, err.msg);
  struct gzindex_stats stats;
  struct stat st;
  gzindex_stats(opened.index, &stats);
  stat(source_path(opened.source), &st);
  CHECK(stats.memory <= (size_t)st.st_size / 20 + 700 * 1024);
  gz_close(&opened);
}

static void test_random_pieces(struct source_pool *pool)
{
  for (int i = 0; i < KINDS; i++) {
    size_t size;
    char *raw = gz_file(kinds[i], ".raw", &size);
    const struct gzindex_pieces run = one_run(size, 352, 65537);
    const struct gzindex_pieces groups = {3, (int64_t)size / 30011, 30000, 7001};
    check_random(pool, kinds[i], &run, raw);
    check_random(pool, kinds[i], &groups, raw);
    free(raw);
  }
}

static void test_a_single_piece(struct source_pool *pool)
{
  struct kind kind;
  struct err err = ERR_INIT;
  if (kind_open(pool, "uneven", 0, 0, &kind))
    CHECK(kind_piece(&kind, 0, &err) == 0);
  kind_close(&kind);
}

/* --- what it costs ----------------------------------------------------------------- */

/* From start to end: the walk, and once more; not once more for every piece. */
static void test_sequential_is_linear(struct source_pool *pool)
{
  for (int i = 0; i < KINDS; i++) {
    struct kind kind;
    struct err err = ERR_INIT;
    if (kind_open(pool, kinds[i], 100, 20000, &kind))
      for (int64_t p = 0; p < gzindex_piece_count(&kind.opened.pieces); p++)
        if (!CHECK(!kind_piece(&kind, p, &err)))
          break;
    const struct gzindex_stats stats = kind_stats(&kind);
    CHECK(stats.complete);
    CHECK(stats.walked == kind.size);
    CHECK(stats.inflated <= 2 * kind.size);
    kind_close(&kind);
  }
}

static void test_random_costs_a_spacing(struct source_pool *pool)
{
  struct kind kind;
  struct err err = ERR_INIT;
  uint64_t state = 3;
  if (kind_open(pool, "noise6", 0, 10000, &kind)) {
    CHECK(!kind_piece(&kind, 0, &err));
    const struct gzindex_stats before = kind_stats(&kind);
    CHECK(before.points >= 4);
    const int64_t n = gzindex_piece_count(&kind.opened.pieces);
    for (int i = 0; i < 50; i++)
      CHECK(!kind_piece(&kind, check_draw(&state, n), &err));
    const struct gzindex_stats after = kind_stats(&kind);
    CHECK(after.inflated - before.inflated <= 50u * 3 * GZPOINTS_SPACING / 2);
    CHECK(after.walked == before.walked);
  }
  kind_close(&kind);
}

/* Of many small members no more is walked than what is read from. */
static void test_members_are_checked_one_by_one(struct source_pool *pool)
{
  struct kind kind;
  struct err err = ERR_INIT;
  if (kind_open(pool, "many", 0, 10000, &kind)) {
    CHECK(!kind_piece(&kind, 20, &err));
    CHECK(kind_stats(&kind).walked <= 210000 + 2 * 65280);
    CHECK(!kind_stats(&kind).complete);
  }
  kind_close(&kind);
}

static void test_thinning(void)
{
  struct gzpoints points;
  static unsigned char window[GZIP_WINDOW];
  uint64_t state = 1;
  for (size_t i = 0; i < sizeof window; i++)
    window[i] = (unsigned char)check_draw(&state, 256);
  struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(1);
  CHECK(!gzpoints_init(&points));
  for (int i = 1; i < 1000; i++)
    gzpoints_add(&points,
                 &(struct gzip_place){.in = i,
                                      .out = i * 100,
                                      .window = window,
                                      .nwindow = (size_t)(i == 6 ? 1 : sizeof window)},
                 compressor);
  CHECK(points.n == 1000);
  const size_t before = gzpoints_bytes(&points);
  CHECK(before >= 998 * sizeof window);
  gzpoints_thin(&points);
  CHECK(points.n == 500 && points.spacing == 2 * GZPOINTS_SPACING);
  CHECK(gzpoints_bytes(&points) <= before / 2 + 100);
  CHECK(gzpoints_find(&points, 0)->out == 0);
  CHECK(gzpoints_find(&points, 399)->out == 200);
  CHECK(gzpoints_find(&points, 400)->out == 400);
  CHECK(gzpoints_find(&points, INT64_MAX)->out == 99800);
  struct gzip_place place;
  unsigned char out[GZIP_WINDOW];
  CHECK(!gzpoint_place(gzpoints_find(&points, 400), out, &place, NULL));
  CHECK(!memcmp(out, window, sizeof out));
  libdeflate_free_compressor(compressor);
  gzpoints_free(&points);
}

/* --- damage ------------------------------------------------------------------------ */

static const char damage[] =
    "z = pack(noise); d = noise\n"
    "def bad(name, packed): write('bad-' + name, packed, d)\n"
    "def flip(z, at, bit=16): return z[:at] + bytes([z[at] ^ bit]) + z[at + 1:]\n"
    "bad('crc', z[:-8] + b'abcd' + z[-4:])\n"
    "bad('length', z[:-4] + b'abcd')\n"
    "bad('cut', z[:len(z) // 2])\n"
    "bad('trailer', z[:-1])\n"
    "bad('no-trailer', z[:-8])\n"
    "bad('garbage', z + b'garbage')\n"
    "bad('magic', z + pack(b'x')[:-8] + bytes(8))\n"
    "bad('short', pack(noise[:-1]))\n"
    "bad('one', z[:1]); bad('header', z[:9])\n"
    "m = members(noise, 1500000)\n"
    "write('half', b''.join(m[:2]) + flip(m[2], 1000) + m[3], noise)\n"
    "stored = pack(noise, level=0)\n"
    "for i, at in enumerate(rng.integers(0, len(z), 12)):\n"
    "  write(f'flip{i}', flip(z, at, 1 << i % 8), noise)\n"
    "for i, at in enumerate(rng.integers(0, len(stored), 12)):\n"
    "  write(f'flip{12 + i}', flip(stored, at, 1 << i % 8), noise)\n"
    "for i, at in enumerate(list(range(10)) + list(range(len(z) - 8, len(z)))):\n"
    "  write(f'flip{24 + i}', flip(z, at), noise)\n"
    "for i, n in enumerate(rng.integers(0, len(z), 10)):\n"
    "  write(f'flip{42 + i}', z[:n], noise)\n";

/* Every piece fails, the first time and again, with a reason. */
static void check_bad(struct source_pool *pool, const char *name, const char *text)
{
  const struct gzindex_pieces pieces = one_run(6000000, 0, 65536);
  struct gz_opened opened;
  if (!open_kind(pool, name, &pieces, &opened))
    return;
  for (int64_t p = 0; p < 90; p += 30) {
    struct err err = ERR_INIT;
    if (!CHECK(gzindex_read(opened.index, p, opened.out, &err) == -1 &&
               err.errnum == EIO && strstr(err.msg, text) && strstr(err.msg, name)))
      fprintf(stderr, "%s: %s\n", name, err.msg);
  }
  gz_close(&opened);
}

static void test_damage(struct source_pool *pool)
{
  check_bad(pool, "bad-crc", "incorrect data check");
  check_bad(pool, "bad-length", "incorrect length check");
  check_bad(pool, "bad-cut", "found the end of the file");
  check_bad(pool, "bad-trailer", "found the end of the file");
  check_bad(pool, "bad-no-trailer", "found the end of the file");
  check_bad(pool, "bad-garbage", "incorrect header check");
  check_bad(pool, "bad-magic", "incorrect data check");
  check_bad(pool, "bad-one", "found the end of the file");
  check_bad(pool, "bad-header", "found the end of the file");
}

/* What was right before the damaged member stays readable. */
static void test_damage_in_a_member(struct source_pool *pool)
{
  struct kind kind;
  const bool opened = kind_open(pool, "half", 0, 500000, &kind);
  for (int round = 0; opened && round < 2; round++)
    for (int64_t p = 11; p >= 0; p--) {
      struct err err = ERR_INIT;
      const int rc = kind_piece(&kind, p, &err);
      CHECK(p < 6 ? rc == 0 : rc == -1 && err.errnum == EIO);
    }
  kind_close(&kind);
}

/* A whole member that ends before the last piece does. */
static void test_too_short(struct source_pool *pool)
{
  struct kind kind;
  struct err err = ERR_INIT;
  if (kind_open(pool, "bad-short", 0, 500000, &kind)) {
    CHECK(kind_piece(&kind, 11, &err) == -1 && err.errnum == EIO);
    CHECK(strstr(err.msg, "expected 1 more bytes"));
    CHECK(kind_piece(&kind, 10, &err) == 0);
  }
  kind_close(&kind);
}

/* A flipped bit, a cut: right bytes (of a bit that means nothing) or an error. */
static void test_never_wrong(struct source_pool *pool)
{
  size_t size;
  char *raw = gz_file("noise6", ".raw", &size);
  const struct gzindex_pieces pieces = one_run(size, 0, 100000);
  int failures = 0;
  for (int i = 0; i < 52; i++) {
    char name[20];
    struct gz_opened opened;
    snprintf(name, sizeof name, "flip%d", i);
    if (!open_kind(pool, name, &pieces, &opened))
      return;
    for (int64_t p = 0; p < 60; p += 20) {
      struct err err = ERR_INIT;
      const int rc = gz_piece(&opened, p, raw, opened.out, &err);
      CHECK(rc == 0 || (rc == -1 && err.errnum == EIO));
      failures += rc == -1;
    }
    gz_close(&opened);
  }
  CHECK(failures >= 3 * 40);
  free(raw);
}

/* --- kept -------------------------------------------------------------------------- */

/* Opens, reads some pieces rightly, and tells what that took. */
static struct gzindex_stats read_with_state(const char *path, const char *raw,
                                            size_t size)
{
  struct source_pool *pool = check_pool(.cache_bytes = 1 << 20, .state = "state/deep");
  const struct gzindex_pieces pieces = one_run(size, 0, 50000);
  struct gz_opened opened;
  struct gzindex_stats stats = {0};
  if (CHECK(gz_open(pool, path, &pieces, &opened)))
    for (int64_t p = gzindex_piece_count(&pieces) - 1; p >= 0; p -= 17) {
      struct err err = ERR_INIT;
      if (!CHECK(!gz_piece(&opened, p, raw, opened.out, &err)))
        fprintf(stderr, "%s: %s\n", path, err.msg);
    }
  gzindex_stats(opened.index, &stats);
  gz_close(&opened);
  source_pool_free(pool);
  return stats;
}

static bool only_file(const char *pattern, char path[200])
{
  glob_t found;
  const bool one = !glob(pattern, 0, NULL, &found) && found.gl_pathc == 1;
  if (one)
    snprintf(path, 200, "%s", found.gl_pathv[0]);
  globfree(&found);
  return one;
}

static void test_kept(void)
{
  size_t size;
  char *raw = gz_file("words", ".raw", &size);
  struct gzindex_stats stats = read_with_state("words.gz", raw, size);
  CHECK(!stats.kept && stats.walked == size);
  char path[200];
  CHECK(only_file("state/deep/gzindex/*", path));
  stats = read_with_state("words.gz", raw, size);
  CHECK(stats.kept && stats.walked == 0 && stats.complete);
  /* another content of the same name */
  usleep(20000);
  CHECK(!system("cp words.gz w && cat w > words.gz"));
  stats = read_with_state("words.gz", raw, size);
  CHECK(!stats.kept && stats.walked == size);
  CHECK(!system("rm state/deep/gzindex/*"));
  free(raw);
}

/* Whatever happened to the file: it is believed rightly, or not at all. */
static void test_kept_and_damaged(void)
{
  size_t size, n;
  char *raw = gz_file("words", ".raw", &size), path[200];
  read_with_state("words.gz", raw, size);
  if (!CHECK(only_file("state/deep/gzindex/*", path)))
    return;
  char *kept = gz_file(path, "", &n);
  uint64_t state = 11;
  for (int i = 0; i < 12; i++) {
    const size_t at = (size_t)check_draw(&state, i % 2 ? 200 : (int64_t)n);
    kept[at] ^= 64;
    gz_write(path, kept, n);
    kept[at] ^= 64;
    CHECK(!read_with_state("words.gz", raw, size).kept);
    gz_write(path, kept, (size_t)check_draw(&state, (int64_t)n));
    CHECK(!read_with_state("words.gz", raw, size).kept);
  }
  gz_write(path, kept, n);
  CHECK(read_with_state("words.gz", raw, size).kept);
  CHECK(!unlink(path) && !symlink("../../../words.raw", path));
  CHECK(!read_with_state("words.gz", raw, size).kept);
  CHECK(!system("rm state/deep/gzindex/*"));
  free(kept);
  free(raw);
}

/* One that is whole, belongs to this content and lies: thrown away, made again. */
static void test_kept_and_wrong(void)
{
  size_t size;
  char *raw = gz_file("words", ".raw", &size), path[200];
  struct source_pool *pool = check_pool(.cache_bytes = 1 << 20, .state = "state/deep");
  const struct source_raw facts_of = {.dtype = DT_U8, .nd = 1, .shape = {1}};
  struct source *source;
  struct err err = ERR_INIT;
  CHECK(!source_open_raw(pool, "words.gz", &facts_of, &source, &err));
  const struct gzindex_facts facts = {.version = source_version(source),
                                      .file_size = source_file_size(source, 0),
                                      .group = (int64_t)size,
                                      .piece = 50000,
                                      .npieces = ((int64_t)size + 49999) / 50000};
  source_unref(source);
  source_pool_free(pool);
  for (int lie = 0; lie < 4; lie++) {
    struct gzindex_content content;
    read_with_state("words.gz", raw, size);
    if (!CHECK(gzindex_file_read("state/deep", &facts, &content)))
      break;
    for (int64_t i = 1; i < content.points.n; i++) {
      struct gzpoint *point = &content.points.at[i];
      if (lie == 0)
        memset(point->window, 'x', point->stored);
      if (lie == 1)
        point->in -= 1;
      if (lie == 2)
        point->bits = (uint8_t)(point->bits + 1) % 8;
    }
    for (int64_t i = 0; lie == 3 && i < facts.npieces; i++)
      content.crcs[i]++;
    gzindex_file_write("state/deep", &facts, &content);
    gzpoints_free(&content.points);
    free(content.crcs);
    const struct gzindex_stats stats = read_with_state("words.gz", raw, size);
    CHECK(!stats.kept && stats.walked == size);
    CHECK(only_file("state/deep/gzindex/*", path));
  }
  CHECK(!system("rm state/deep/gzindex/*"));
  free(raw);
}

/* Where nothing can be written everything works, and leaves nothing. */
static void test_nowhere_to_keep(void)
{
  struct source_pool *pool =
      check_pool(.cache_bytes = 1 << 20, .state = "labels6.raw/state");
  struct kind kind;
  struct err err = ERR_INIT;
  if (kind_open(pool, "labels6", 0, 50000, &kind))
    CHECK(!kind_piece(&kind, 7, &err));
  kind_close(&kind);
  source_pool_free(pool);
}

/* What is not named like an index (a name of 16 hexadecimal digits), or is no file, stays
 * and does not count. */
static void test_directory_is_bounded(void)
{
  CHECK(
      !system("mkdir -m 755 -p trim/gzindex && cd trim/gzindex && chmod 755 . &&\n"
              "for i in 1 2 3 4 5; do f=000000000000abc$i; head -c 1000 /dev/zero > $f\n"
              "touch -d 2020-01-0$i $f; done; touch -d 2021-01-01 000000000000abc2\n"
              "for f in a 000000000000abc 000000000000abc22 000000000000ABC2 .hidden\n"
              "do head -c 9000 /dev/zero > $f; touch -d 2019-01-01 $f; done\n"
              "ln -s a 0000000000000000; mkdir 1111111111111111"));
  const char *left =
      "cd trim/gzindex && test \"$(LC_ALL=C ls -A | tr '\\n' ' ')\" = '.hidden "
      "0000000000000000 000000000000ABC2 000000000000abc 000000000000abc2 "
      "000000000000abc22 000000000000abc5 1111111111111111 a '";
  for (int i = 0; i < 2; i++) {
    gzindex_directory_trim("trim", i ? 2000 : 2500);
    CHECK(!system(left));
  }
  gzindex_directory_trim("no-such", 0);
}

/* --- readers that go away ---------------------------------------------------------- */

static void test_cancelled(struct source_pool *pool)
{
  const atomic_bool gone = true;
  struct kind kind;
  static const int64_t pieces[] = {3, 60};
  const bool opened = kind_open(pool, "noise6", 0, 50000, &kind);
  for (int i = 0; opened && i < 2; i++) {
    struct err err = ERR_INIT, none = ERR_INIT;
    cancel_set(&gone);
    CHECK(kind_piece(&kind, pieces[i], &err) == -1 && err.errnum == EINTR);
    cancel_set(NULL);
    CHECK(kind_piece(&kind, pieces[i], &none) == 0);
  }
  CHECK(opened && kind_stats(&kind).walked == kind.size);
  kind_close(&kind);
}

int main(void)
{
  check_dir_make();
  if (!check_python(gz_prelude, gz_kinds, damage))
    abort();
  struct source_pool *pool = check_pool(.cache_bytes = 1 << 20);
  test_random_pieces(pool);
  test_a_single_piece(pool);
  test_sequential_is_linear(pool);
  test_random_costs_a_spacing(pool);
  test_members_are_checked_one_by_one(pool);
  test_thinning();
  test_damage(pool);
  test_damage_in_a_member(pool);
  test_too_short(pool);
  test_never_wrong(pool);
  test_kept();
  test_kept_and_damaged();
  test_kept_and_wrong();
  test_nowhere_to_keep();
  test_directory_is_bounded();
  test_cancelled(pool);
  source_pool_free(pool);
  return check_report("gzindex");
}
