/* --man: the manual page tesserafs(1).  Options, parameters, transforms and formats come
 * from the tables; the text around them is written here as roff, in the macros of
 * man(7). */
#include <stdio.h>

#include "core/encoding/encoding.h"
#include "core/params/view_params.h"
#include "core/transform/transform.h"
#include "mountopts/help/help_rows.h"
#include "mountopts/mountopts.h"

static const char tree[] =
    ".SH THE TREE\n"
    ".TP\n"
    ".B README.txt\\fR, \\fBdataset.json\n"
    "How to read this tree; scans, fields, shapes, dtypes, splits, views.\n"
    ".TP\n"
    ".BI scans/ SCAN / FIELD . EXT\n"
    "The whole array, gathered where it is stored in slices.\n"
    ".TP\n"
    ".BI scans/ SCAN / FIELD [ CUT ]. EXT\n"
    "A part of it, cut as numpy cuts:\n"
    ".BR image[10:74,:,5].npy ,\n"
    ".BR image[::2,::2,::\\-1].npy .\n"
    "An integer drops its axis.\n"
    ".TP\n"
    ".BI slices/ VIEW / SCAN / FIELD / ITEM . EXT\n"
    "2-D slices, or windows of neighbouring ones.\n"
    ".TP\n"
    ".BI patches/ VIEW / SCAN / FIELD / ITEM . EXT\n"
    "A grid of boxes.\n"
    ".TP\n"
    ".BI chunks/ VIEW / SCAN / FIELD / I \\- J \\- K . EXT\n"
    "The few parts of a volume that is too large for memory, by their place in the "
    "grid.\n"
    ".TP\n"
    ".BI splits/ SPLIT / SCAN\n"
    "Symbolic links into\n"
    ".BR scans/ .\n"
    ".TP\n"
    ".B .tesserafs/\n"
    "What the mount is and did:\n"
    ".BR version ,\n"
    ".BR config.json ,\n"
    ".BR stats.json ,\n"
    ".BR metrics ,\n"
    ".B errors.log\n"
    "(every failed read, with its reason) and\n"
    ".B ignored.txt\n"
    "(files that were seen and not used, with the reason).\n"
    ".B metrics\n"
    "are for Prometheus.\n"
    ".TP\n"
    ".B .tesserafs/prefetch\n"
    "Can only be written, and is not listed: paths, one a line, relative to the mount\n"
    "or absolute. What they name is decoded into the cache in that order, when nobody\n"
    "waits for anything else; a directory stands for all that is in it.\n"
    ".B prefetch_pending\n"
    "in\n"
    ".B stats.json\n"
    "is 0 when all is there.\n"
    ".PP\n"
    ".I VIEW\n"
    "is\n"
    ".BR default ,\n"
    "a name from the description, or the parameters themselves:\n"
    ".BR patches/size=64x64x64,stride=32/ .\n"
    "Such a directory can be opened without having been declared.\n"
    ".I ITEM\n"
    "is as listed, a number with leading zeros (of chunks one per axis), or, of patches, "
    "a place:\n"
    ".B at=10x\\-4x7\n"
    "is the patch that starts there.\n"
    "Beside the field directories stand\n"
    ".B items.csv\n"
    "(where each item starts and stops) and, for each item,\n"
    ".IR ITEM .json.\n"
    ".I EXT\n"
    "chooses the encoding; those that are not listed can be opened too.\n"
    "The files of one item hold the same array in each of them.\n";

static const char rest[] =
    ".SH FILES\n"
    ".TP\n"
    ".IB SOURCE /tesserafs.json\n"
    "The description: which files are which scans and fields, or pieces of one array;\n"
    "splits, named views.\n"
    "Without it, they are found by their names and contents.\n"
    ".SH EXAMPLES\n"
    ".TP\n"
    "Mount, look, read, unmount:\n"
    ".EX\n"
    "tesserafs /data/heads /mnt/heads\n"
    "ls /mnt/heads/scans\n"
    "cp '/mnt/heads/scans/head/image[:,:,30].png' .\n"
    "fusermount3 \\-u /mnt/heads\n"
    ".EE\n"
    ".TP\n"
    "A patch without a mount:\n"
    ".EX\n"
    "tesserafs \\-\\-cat /data/heads patches/size=32/head/image/at=8x8x8.nii.gz "
    ">patch.nii.gz\n"
    ".EE\n"
    ".TP\n"
    "In /etc/fstab:\n"
    ".EX\n"
    "/data/heads  /mnt/heads  fuse.tesserafs  ro,nofail,allow_other  0  0\n"
    ".EE\n"
    ".SH SEE ALSO\n"
    ".BR fusermount3 (1),\n"
    ".BR mount.fuse3 (8)\n";

/* Prints plain text as roff: backslashes and hyphens stay as they are, and no line is
 * taken for a request. */
static void roff(FILE *out, const char *text)
{
  if (*text == '.' || *text == '\'')
    fputs("\\&", out);
  for (; *text; text++) {
    if (*text == '\\')
      fputs("\\e", out);
    else if (*text == '-')
      fputs("\\-", out);
    else
      fputc(*text, out);
  }
}

static void entry(FILE *out, const char *name, const char *text)
{
  fputs(".TP\n\\fB", out);
  roff(out, name);
  fputs("\\fR\n", out);
  roff(out, text);
  fputc('\n', out);
}

static void entries(FILE *out, const struct help_row *row)
{
  for (; row->name; row++)
    entry(out, row->name, row->text);
}

static void print_head(FILE *out)
{
  fprintf(out, ".TH TESSERAFS 1 \"\" \"tesserafs %s\"\n", TESSERAFS_VERSION);
  fputs(".SH NAME\ntesserafs \\- imaging datasets as derived files: scans, slices, "
        "patches\n.SH SYNOPSIS\n.nf\n",
        out);
  for (const struct help_row *row = help_usage; row->name; row++) {
    fputs("\\fBtesserafs\\fR ", out);
    roff(out, row->name);
    fputc('\n', out);
  }
  fputs(".fi\n.SH DESCRIPTION\n", out);
  roff(out, help_source);
  fputs("\nEvery file has its exact size before it is generated, is generated as it is "
        "read,\nand can be read at any place, mapped, copied and compared.\n"
        "Nothing is stored.\n",
        out);
}

static void print_param(FILE *out, const struct param *row)
{
  const struct help_param param = help_param(row);
  entry(out, param.name, param.text);
}

static void print_options(FILE *out)
{
  fputs(".SH OPTIONS\nOptions may stand anywhere among the arguments.\n", out);
  entries(out, help_flags);
  for (const struct help_row *row = help_usage + 1; row[1].name; row++)
    entry(out, row->name, row->text);
  fputs(".SS Values of \\-o\n", out);
  for (size_t i = 0; i < option_params_count; i++)
    print_param(out, &option_params[i]);
  entries(out, help_passed);
}

static void print_view(void *ctx, unsigned kind, const char *name)
{
  FILE *out = ctx;
  fprintf(out, ".SS %s/KEY=VALUE,KEY=VALUE/\n", name);
  for (size_t i = 0; i < view_params_count; i++)
    if (view_params[i].kinds & kind)
      print_param(out, &view_params[i]);
}

void help_print_man(FILE *out)
{
  print_head(out);
  print_options(out);
  fputs(tree, out);
  fputs(".SH VIEW PARAMETERS\nThe same keys serve in a directory's name and in the "
        "description.\n",
        out);
  help_each_kind(print_view, out);
  fputs(".SH TRANSFORMS\nA list of them is joined by '+':\n"
        ".BR transforms=window:0:400+cast:uint8 .\n",
        out);
  for (int i = 0; transforms[i]; i++)
    entry(out, transforms[i]->usage, transforms[i]->help);
  fputs(".SH FORMATS\n", out);
  for (int i = 0; encodings[i]; i++)
    fprintf(out, "%s%s", i ? ", " : "", encodings[i]->ext);
  fputs(".\n.SH EXIT STATUS\n", out);
  roff(out, help_exit);
  fprintf(out, "\n%s", rest);
}
