/* --help, printed from the tables: an option that exists is shown, with its default and
 * its range. */
#include <stdio.h>
#include <string.h>

#include "core/encoding/encoding.h"
#include "core/transform/transform.h"
#include "mountopts/mountopts.h"

enum { COLUMN = 30, WIDTH = 92, KINDS_MAX = 32 };

static const char usage[] =
    "usage: tesserafs [options] SOURCE MOUNTPOINT   mount (in the background; -f stays)\n"
    "       tesserafs --ls SOURCE [PATH]            list the tree without mounting\n"
    "       tesserafs --cat SOURCE PATH             write one virtual file to stdout\n"
    "       tesserafs --check SOURCE                decode everything once, report "
    "problems\n"
    "       tesserafs --help | --version\n"
    "\n"
    "SOURCE is a directory, a data file (HDF5, NIfTI, PNG, TIFF, npy) or a description\n"
    "(tesserafs.json; its JSON schema is installed with the program).  MOUNTPOINT then "
    "shows\n"
    "scans, slices and patches as ordinary files.  Unmount with 'fusermount3 -u "
    "MOUNTPOINT'.\n"
    "Exit status: 0, 1 usage, 2 the dataset or the description is wrong, 3 cannot "
    "mount.\n";

static const char flags[] =
    "options, anywhere among the arguments:\n"
    "  -f                          stay in the foreground\n"
    "  -d                          print what the kernel asks (and -f)\n"
    "  -s                          one request at a time\n"
    "  -h, --help                  this text\n"
    "  -V, --version               the version\n"
    "  -o NAME[=VALUE],...         see below; '\\,' is a comma in a value\n";

/* The words of `text` from `column` on, each line at most WIDTH wide. */
static void wrap(FILE *out, int column, const char *text)
{
  int at = column;
  for (const char *word = text; *word;) {
    int len = (int)strcspn(word, " ");
    if (at > column && at + 1 + len > WIDTH) {
      fprintf(out, "\n%*s", column, "");
      at = column;
    } else if (at > column) {
      fputc(' ', out);
      at++;
    }
    fprintf(out, "%.*s", len, word);
    at += len;
    word += len;
    word += strspn(word, " ");
  }
  fputc('\n', out);
}

static void entry(FILE *out, const char *name, const char *text)
{
  int used = fprintf(out, "  %s", name);
  if (used >= COLUMN) {
    fputc('\n', out);
    used = 0;
  }
  fprintf(out, "%*s", COLUMN - used, "");
  wrap(out, COLUMN, text);
}

static const char *placeholder(enum param_type type)
{
  switch (type) {
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
    return "AxBxC";
  case PARAM_NAMES:
    return "NAME+NAME";
  case PARAM_FORMATS:
    return "EXT+EXT";
  case PARAM_TRANSFORMS:
    return "T+T";
  case PARAM_BYTES:
    return "SIZE";
  case PARAM_TEXT:
    return "PATH";
  }
  return "";
}

/* Types whose placeholder says all there is to say. */
static bool says_itself(const struct param *row)
{
  return row->type == PARAM_TEXT || row->type == PARAM_SWITCH ||
         row->type == PARAM_NAMES || row->type == PARAM_FORMATS ||
         row->type == PARAM_TRANSFORMS;
}

static void print_param(FILE *out, const struct param *row)
{
  char name[80], expected[300], text[800];
  snprintf(name, sizeof name, "%s=%s", row->key, placeholder(row->type));
  param_expected(row, expected, sizeof expected);
  const char *const def = row->def ? row->def : "";
  if (says_itself(row) && !row->def)
    snprintf(text, sizeof text, "%s", row->help);
  else if (says_itself(row))
    snprintf(text, sizeof text, "%s (default %s)", row->help, def);
  else
    snprintf(text, sizeof text, "%s (%s%s%s)", row->help, expected,
             row->def ? "; default " : "", def);
  entry(out, name, text);
}

static void print_views(FILE *out)
{
  for (unsigned bit = 0; bit < KINDS_MAX; bit++) {
    const char *const kind = view_kind_name((enum view_kind)(1u << bit));
    if (!kind)
      continue;
    fprintf(out, "\nview parameters of %s/KEY=VALUE,KEY=VALUE/:\n", kind);
    for (size_t i = 0; i < view_params_count; i++)
      if (view_params[i].kinds & 1u << bit)
        print_param(out, &view_params[i]);
  }
}

void help_print(FILE *out)
{
  fprintf(out, "%s\n%s\n", usage, flags);
  fprintf(out, "values of -o:\n");
  for (size_t i = 0; i < option_params_count; i++)
    print_param(out, &option_params[i]);
  entry(out, "allow_other, ro, ...",
        "as other FUSE file systems have them; passed on to libfuse");
  entry(out, "rw, nofail, _netdev, x-*",
        "and other words of fstab (type fuse.tesserafs) are accepted");
  print_views(out);
  fprintf(out, "\ntransforms:\n");
  for (int i = 0; transforms[i]; i++)
    entry(out, transforms[i]->usage, transforms[i]->help);
  fprintf(out, "\nformats:");
  for (int i = 0; encodings[i]; i++)
    fprintf(out, " %s", encodings[i]->ext);
  fputc('\n', out);
}
