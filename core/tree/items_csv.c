/* items.csv: a header and one line of fixed width per item, so that the size is
 * arithmetic and any piece of the file is made from the lines it covers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/clock.h"
#include "core/tree/content.h"

struct csv {
  struct plan plan;
  struct text header, line; /* line: a scratch line, for its length */
  char *scan;               /* the scan column, quoted where CSV wants it */
  int width[ND_MAX][2];     /* characters of start_d and stop_d */
};

static int digits(int64_t value)
{
  return snprintf(NULL, 0, "%lld", (long long)value);
}

static int larger(int a, int b)
{
  return a > b ? a : b;
}

/* Along an axis the numbers lie between the first cell's and the last one's, and the
 * longest are at the ends. */
static void measure(struct csv *csv)
{
  const struct plan *plan = &csv->plan;
  struct box first, last;
  kind_cell_box(plan, 0, &first);
  kind_cell_box(plan, plan->cells - 1, &last);
  for (int d = 0; d < plan->space.nd; d++) {
    csv->width[d][0] = larger(digits(first.start[d]), digits(last.start[d]));
    csv->width[d][1] = larger(digits(first.stop[d]), digits(last.stop[d]));
  }
}

static void write_line(const struct csv *csv, int64_t item, struct text *out)
{
  struct box box;
  char name[KIND_NAME_MAX + 1];
  kind_box(&csv->plan, item, &box);
  kind_name(&csv->plan, item, name);
  text_add(out, "%s,%s", name, csv->scan);
  for (int d = 0; d < csv->plan.space.nd; d++)
    text_add(out, ",%*lld", csv->width[d][0], (long long)box.start[d]);
  for (int d = 0; d < csv->plan.space.nd; d++)
    text_add(out, ",%*lld", csv->width[d][1], (long long)box.stop[d]);
  text_add(out, "\n");
}

static void csv_free(struct csv *csv)
{
  text_free(&csv->header);
  text_free(&csv->line);
  free(csv->scan);
}

static int csv_prepare(struct tree *tree, const struct place *place, struct csv *csv,
                       int64_t *size, struct err *err)
{
  *csv = (struct csv){0};
  struct text scan = {0};
  size_t scan_size;
  if (place_plan(tree, place, &csv->plan, err))
    return -1;
  int nd = csv->plan.space.nd;
  text_add_csv(&scan, tree->spec->dataset.scans[place->scan].id, 0);
  if (text_take(&scan, &csv->scan, &scan_size, err))
    return -1;
  text_add(&csv->header, "item,scan");
  for (int d = 0; d < nd; d++)
    text_add(&csv->header, ",start_%d", d);
  for (int d = 0; d < nd; d++)
    text_add(&csv->header, ",stop_%d", d);
  text_add(&csv->header, "\n");
  if (csv->plan.count) {
    measure(csv);
    write_line(csv, 0, &csv->line);
  }
  if (csv->header.failed || csv->line.failed)
    return err_set(err, ENOMEM, "out of memory");
  if (!checked_mul(csv->plan.count, (int64_t)csv->line.size, size) ||
      !checked_add(*size, (int64_t)csv->header.size, size))
    return err_set(err, EOVERFLOW, "items.csv: %lld lines are more than a file can hold",
                   (long long)csv->plan.count);
  return 0;
}

/* mtime of the scan: the newest of its readable fields, which the plan was made from too.
 */
static int scan_mtime(struct tree *tree, int scan, struct timespec *mtime,
                      struct err *err)
{
  const struct scan_spec *spec = &tree->spec->dataset.scans[scan];
  struct timespec newest = {0};
  for (int f = 0; f < spec->nfields; f++) {
    struct err why = ERR_INIT;
    const struct snapshot *snapshot;
    if (dataset_snapshot(tree->dataset, scan, f, &snapshot, &why)) {
      if (err_is_passing(&why))
        return err_set(err, why.errnum, "%s", why.msg);
      continue;
    }
    if (clock_after(snapshot->mtime, newest))
      newest = snapshot->mtime;
    snapshot_unref(snapshot);
  }
  if (newest.tv_sec)
    *mtime = newest;
  return 0;
}

int items_csv_size(struct tree *tree, const struct place *place, int64_t *size,
                   struct timespec *mtime, struct err *err)
{
  struct csv csv;
  int result = csv_prepare(tree, place, &csv, size, err);
  csv_free(&csv);
  return result ? -1 : scan_mtime(tree, place->scan, mtime, err);
}

struct csv_file {
  struct csv csv; /* its texts are copied to the arena */
  const char *header;
  int64_t header_size, line_size;
};

static int csv_pread(void *ctx, void *buf, size_t size, int64_t offset, struct err *err)
{
  const struct csv_file *file = ctx;
  char *out = buf;
  while (size && offset < file->header_size) {
    *out++ = file->header[offset++];
    size--;
  }
  struct text line = {0};
  while (size) {
    int64_t item = (offset - file->header_size) / file->line_size;
    size_t skip = (size_t)((offset - file->header_size) % file->line_size);
    line.size = 0;
    write_line(&file->csv, item, &line);
    if (line.failed)
      break;
    size_t n = line.size - skip < size ? line.size - skip : size;
    memcpy(out, line.data + skip, n);
    out += n;
    offset += (int64_t)n;
    size -= n;
  }
  const int result = line.failed ? err_set(err, ENOMEM, "out of memory") : 0;
  text_free(&line);
  return result;
}

int items_csv_open(struct tree *tree, const struct place *place, struct arena *arena,
                   struct layout *layout, struct err *err)
{
  int64_t size = 0;
  struct csv_file *file = arena_alloc(arena, sizeof *file, err);
  struct region *region = arena_alloc(arena, sizeof *region, err);
  if (!file || !region)
    return -1;
  int result = csv_prepare(tree, place, &file->csv, &size, err);
  if (!result) {
    file->header_size = (int64_t)file->csv.header.size;
    file->line_size = (int64_t)file->csv.line.size;
    file->header = arena_strdup(arena, file->csv.header.data, err);
    char *scan = arena_strdup(arena, file->csv.scan, err);
    result = file->header && scan ? 0 : -1;
    csv_free(&file->csv);
    file->csv.scan = scan;
  } else {
    csv_free(&file->csv);
  }
  *region =
      (struct region){.kind = REGION_CALL, .size = size, .pread = csv_pread, .ctx = file};
  *layout = (struct layout){size, 1, region};
  return result;
}
