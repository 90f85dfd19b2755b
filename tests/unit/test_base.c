/* Errors, arenas, cancellation, checked sizes. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/cancel.h"
#include "core/base/checked.h"
#include "tests/support/check.h"

static void test_first_error_wins(void)
{
  struct err err = ERR_INIT;
  CHECK(err_set(&err, EIO, "%s: bad\nline", "f") == -1);
  CHECK(err_set(&err, ENOENT, "second") == -1 && err.errnum == EIO);
  CHECK(!strcmp(err.msg, "f: bad?line"));
  CHECK(err_prefix(&err, "scan %d", 3) == -1);
  CHECK(!strcmp(err.msg, "scan 3: f: bad?line") && err.errnum == EIO);
  CHECK(err_set(NULL, EIO, "nobody asks") == -1 && err_prefix(NULL, "x") == -1);
}

static void test_error_texts(void)
{
  struct err err = ERR_INIT, none = ERR_INIT;
  CHECK(err_set_errno(&err, ENOENT, "%s", "a/b") == -1);
  CHECK(!strcmp(err.msg, "a/b: No such file or directory"));
  char longer[1000];
  memset(longer, 'x', 999);
  longer[999] = 0;
  CHECK(err_prefix(&err, "%s", longer) == -1);
  CHECK(strlen(err.msg) == sizeof err.msg - 1 && err.errnum == ENOENT);
  CHECK(err_prefix(&none, "x") == -1 && none.errnum == 0);
}

static void test_arena(void)
{
  struct arena arena;
  struct err err = ERR_INIT;
  memset(&arena, 0xff, sizeof arena);
  arena_init(&arena);
  for (int round = 0; round < 2; round++) {
    unsigned char *last = NULL;
    for (size_t size = 0; size < 3000; size += 7) {
      unsigned char *bytes = arena_alloc(&arena, size, &err);
      bool zero = bytes && (uintptr_t)bytes % 16 == 0 && bytes != last;
      for (size_t i = 0; zero && i < size; i++)
        zero = bytes[i] == 0;
      CHECK(zero);
      memset(bytes, 0xee, size);
      last = size ? bytes : NULL;
    }
    arena_free(&arena);
  }
}

static void test_arena_texts(void)
{
  struct arena arena;
  struct err err = ERR_INIT;
  arena_init(&arena);
  char *copy = arena_strdup(&arena, "volume", &err);
  char *text = arena_printf(&arena, &err, "%s-%05d", copy, 42);
  CHECK(!strcmp(copy, "volume") && !strcmp(text, "volume-00042"));
  CHECK(!arena_alloc(&arena, SIZE_MAX, &err) && err.errnum == ENOMEM);
  err = (struct err)ERR_INIT;
  CHECK(!arena_array(&arena, SIZE_MAX / 2, 3, &err) && err.errnum == ENOMEM);
  err = (struct err)ERR_INIT;
  CHECK(arena_array(&arena, 10, 4, &err) && !err.errnum);
  arena_free(&arena);
}

static void test_cancel(void)
{
  atomic_bool token = false;
  struct err err = ERR_INIT;
  CHECK(!cancel_requested() && cancel_check(&err) == 0);
  cancel_set(&token);
  CHECK(!cancel_requested());
  atomic_store(&token, true);
  CHECK(cancel_requested() && cancel_check(&err) == -1 && err.errnum == EINTR);
  cancel_set(NULL);
  CHECK(!cancel_requested());
}

static void test_checked_bytes(void)
{
  const int64_t fits[] = {1 << 20, 1 << 20, 1 << 20}, huge[] = {1LL << 62, 2},
                empty[] = {1LL << 62, 2, 0}, minus[] = {3, -1}, zeros[] = {0, 0, 5};
  int64_t bytes = -1;
  CHECK(checked_array_bytes(3, fits, 4, &bytes) && bytes == 1LL << 62);
  CHECK(!checked_array_bytes(2, huge, 1, &bytes));
  CHECK(!checked_array_bytes(3, empty, 1, &bytes));
  CHECK(!checked_array_bytes(2, minus, 1, &bytes));
  CHECK(checked_array_bytes(3, zeros, 8, &bytes) && bytes == 0);
  CHECK(checked_array_bytes(0, NULL, 8, &bytes) && bytes == 8);
}

int main(void)
{
  test_first_error_wins();
  test_error_texts();
  test_arena();
  test_arena_texts();
  test_cancel();
  test_checked_bytes();
  return check_report("base");
}
