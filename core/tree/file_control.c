/* .tesserafs/control: a line is an order to the mount. */
#include <errno.h>
#include <string.h>

#include "core/tree/file_lines.h"
#include "core/tree/prefetch/prefetch.h"

/* The first word of a line.  rest: what follows the word, NUL-terminated; "" unless the
 * row has an argument. */
struct order {
  const char *name;
  const char *argument; /* what it is, for messages; NULL: there is none */
  int (*run)(struct tree *tree, const char *rest, struct err *err);
};

static int clear_prefetch(struct tree *tree, const char *rest, struct err *err)
{
  prefetch_clear(tree->prefetch);
  return 0;
}

static int drop_caches(struct tree *tree, const char *rest, struct err *err)
{
  block_cache_drop_all(source_pool_cache(tree->pool));
  return 0;
}

static const struct order orders[] = {
    {"clear-prefetch", NULL, clear_prefetch},
    {"drop-caches", NULL, drop_caches},
};
enum { ORDERS = sizeof orders / sizeof *orders };

static int unknown(const char *line, struct err *err)
{
  struct text known = {0};
  for (int i = 0; i < ORDERS; i++)
    text_add(&known, "%s%s%s%s", i ? ", " : "", orders[i].name,
             orders[i].argument ? " " : "", orders[i].argument ? orders[i].argument : "");
  err_set(err, EINVAL, "expected one of %s, found '%.100s'",
          known.data ? known.data : "its orders", line);
  text_free(&known);
  return -1;
}

static int take_order(struct tree *tree, const char *line, size_t size, struct err *err)
{
  char text[FILE_LINES_MAX];
  memcpy(text, line, size);
  while (size && strchr(" \t", text[size - 1]))
    size--;
  text[size] = '\0';
  const size_t word = strcspn(text, " \t");
  const char *rest = text + word + strspn(text + word, " \t");
  for (int i = 0; i < ORDERS; i++)
    if (strlen(orders[i].name) == word && !memcmp(orders[i].name, text, word) &&
        !*rest == !orders[i].argument)
      return orders[i].run(tree, rest, err);
  return size ? unknown(text, err) : 0;
}

static const struct file_writer control_writer;

static int control_open(struct tree *tree, const struct place *place,
                        struct tree_writer **out, struct err *err)
{
  return file_lines_open(tree, &control_writer, take_order, "/.tesserafs/control", out,
                         err);
}

static const struct file_writer control_writer = {
    .owner_only = true,
    .open = control_open,
    .write = file_lines_write,
    .flush = file_lines_flush,
    .close = file_lines_close,
};

const struct file_type file_control = {
    .type = TREE_FILE,
    .frozen = true,
    .stat = file_lines_stat,
    .write = &control_writer,
};
