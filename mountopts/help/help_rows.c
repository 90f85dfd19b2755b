/* The rows that more than one text shows, and how a row of the parameters' tables is put
 * into words. */
#include "mountopts/help/help_rows.h"

#include <stdio.h>

#include "core/kind/kind.h"

const struct help_row help_usage[] = {
    {"[options] SOURCE MOUNTPOINT", "mount (in the background; -f stays)"},
    {"--ls SOURCE [PATH]", "list the tree without mounting"},
    {"--cat SOURCE PATH", "write one virtual file to stdout"},
    {"--check SOURCE [PATH]", "decode all, or a scan, split or view; --limit=N of each"},
    {"--man | --completion | --schema", "man page, bash completion, JSON schema"},
    {"--help | --version", "this text, the version"},
    {NULL, NULL},
};

const struct help_row help_flags[] = {
    {"-f", "stay in the foreground"},
    {"-d", "print what the kernel asks (and -f)"},
    {"-s", "one request at a time"},
    {"-h, --help", "a short text of all options"},
    {"-V, --version", "the version"},
    {"-o NAME[=VALUE],...", "see below; '\\,' is a comma in a value"},
    {NULL, NULL},
};

const struct help_row help_passed[] = {
    {"allow_other, ro, ...",
     "as other FUSE file systems have them; passed on to libfuse"},
    {"rw, nofail, _netdev, x-*",
     "and other words of fstab (type fuse.tesserafs) are accepted"},
    {NULL, NULL},
};

const char help_source[] =
    "SOURCE is a directory, a data file (HDF5, NIfTI, PNG, TIFF, npy) or a description "
    "(tesserafs.json; its JSON schema is installed with the program).  MOUNTPOINT then "
    "shows scans, slices, patches, chunks and pairs as ordinary files.  Unmount with "
    "'fusermount3 -u MOUNTPOINT'.";
const char help_exit[] = "0, 1 usage, 2 the dataset or the description is "
                         "wrong, 3 cannot mount.";

static const char *placeholder(const struct param *row)
{
  switch (row->type) {
  case PARAM_INT:
    return "N";
  case PARAM_OCTAL:
    return "MODE";
  case PARAM_NUMBER:
    return "NUMBER";
  case PARAM_SWITCH:
    return "on|off";
  case PARAM_CHOICE:
    return "WORD";
  case PARAM_EXTENTS:
  case PARAM_TRIPLE:
    return "AxBxC";
  case PARAM_RANGES:
    return "A:BxC:DxE:F";
  case PARAM_NUMBERS:
    return "N+N";
  case PARAM_NAMES:
    return "NAME+NAME";
  case PARAM_FORMATS:
    return "EXT+EXT";
  case PARAM_STEPS:
    return row->steps->usage;
  case PARAM_BYTES:
    return "SIZE";
  case PARAM_TEXT:
    return "PATH";
  }
  return "";
}

/* Returns whether the type's placeholder says all there is to say. */
static bool says_itself(const struct param *row)
{
  return row->type == PARAM_TEXT || row->type == PARAM_SWITCH ||
         row->type == PARAM_NAMES || row->type == PARAM_FORMATS ||
         row->type == PARAM_STEPS;
}

struct help_param help_param(const struct param *row)
{
  struct help_param out;
  char expected[300];
  param_expected(row, expected, sizeof expected);
  const char *def = row->def ? row->def : "";
  snprintf(out.name, sizeof out.name, "%s=%s", row->key, placeholder(row));
  if (says_itself(row) && !row->def)
    snprintf(out.text, sizeof out.text, "%s", row->help);
  else if (says_itself(row))
    snprintf(out.text, sizeof out.text, "%s (default %s)", row->help, def);
  else
    snprintf(out.text, sizeof out.text, "%s (%s%s%s)", row->help, expected,
             row->def ? "; default " : "", def);
  return out;
}

void help_each_kind(void (*fn)(void *ctx, unsigned kind, const char *name), void *ctx)
{
  for (int k = 0; kinds[k]; k++)
    fn(ctx, kinds[k]->bit, kinds[k]->name);
}
