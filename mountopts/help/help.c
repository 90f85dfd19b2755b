/* --help, printed from the tables: an option that exists is shown, with its default and
 * its range. */
#include <stdio.h>
#include <string.h>

#include "core/encoding/encoding.h"
#include "core/params/view_params.h"
#include "core/transform/transform.h"
#include "mountopts/help/help_rows.h"
#include "mountopts/mountopts.h"

enum { INDENT = 2, COLUMN = 30, USAGE_COLUMN = 51, WIDTH = 92 };

/* Prints the words of `text` from `column` on, each line at most WIDTH wide. */
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
  int used = fprintf(out, "%*s%s", INDENT, "", name);
  if (used >= COLUMN) {
    fputc('\n', out);
    used = 0;
  }
  fprintf(out, "%*s", COLUMN - used, "");
  wrap(out, COLUMN, text);
}

static void entries(FILE *out, const struct help_row *row)
{
  for (; row->name; row++)
    entry(out, row->name, row->text);
}

static void print_usage(FILE *out)
{
  const char *lead = "usage:";
  for (const struct help_row *row = help_usage; row->name; row++) {
    int used = fprintf(out, "%-6s tesserafs %s", lead, row->name);
    fprintf(out, "%*s%s\n", USAGE_COLUMN - used, "", row->text);
    lead = "";
  }
  fputc('\n', out);
  wrap(out, 0, help_source);
  fputs("Exit status: ", out);
  wrap(out, 0, help_exit);
}

static void print_param(FILE *out, const struct param *row)
{
  const struct help_param param = help_param(row);
  entry(out, param.name, param.text);
}

static void print_view(void *ctx, unsigned kind, const char *name)
{
  FILE *out = ctx;
  fprintf(out, "\nview parameters of %s/KEY=VALUE,KEY=VALUE/:\n", name);
  for (size_t i = 0; i < view_params_count; i++)
    if (view_params[i].kinds & kind)
      print_param(out, &view_params[i]);
}

void help_print(FILE *out)
{
  print_usage(out);
  fprintf(out, "\noptions, anywhere among the arguments:\n");
  entries(out, help_flags);
  fprintf(out, "\nvalues of -o:\n");
  for (size_t i = 0; i < option_params_count; i++)
    print_param(out, &option_params[i]);
  entries(out, help_passed);
  help_each_kind(print_view, out);
  fprintf(out, "\ntransforms:\n");
  for (int i = 0; transforms[i]; i++)
    entry(out, transforms[i]->usage, transforms[i]->help);
  fprintf(out, "\nformats:");
  for (int i = 0; encodings[i]; i++)
    fprintf(out, " %s", encodings[i]->ext);
  fputc('\n', out);
}
