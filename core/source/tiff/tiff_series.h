/* Which pages of a TIFF file form which array: tifffile's series. */
#ifndef TESSERAFS_TIFF_SERIES_H
#define TESSERAFS_TIFF_SERIES_H

#include "core/source/tiff/tiff_page.h"

struct tiff_series {
  int nd;
  int64_t shape[ND_MAX]; /* outermost first */
  char axes[ND_MAX + 1]; /* tifffile's letters */
  int key;               /* index of the page whose tags hold for all */
  int *page; /* indices into tiff_pages.page, in order along the leading axes */
  int npages;
  bool virtual; /* only the first page has a directory: the samples of all follow one
                   another from its data on (ImageJ, tifffile) */
  bool level;   /* a smaller version of another series */
  int smaller;  /* index of the series' next smaller version; -1: there is none */
  char unusable[TIFF_REASON];
};

struct tiff_series_list {
  struct tiff_series *series;
  int n, room;
};

/* The caller frees the list with tiff_series_free(), also after an error. */
int tiff_series_find(const struct tiff_file *file, const struct tiff_pages *pages,
                     struct tiff_series_list *list, struct err *err);
void tiff_series_free(struct tiff_series_list *list);

/* --- between the files that find series -------------------------------------------- */

struct tiff_finder {
  const struct tiff_file *file;
  const struct tiff_pages *pages;
  struct tiff_series_list *list;
  const int *chain; /* pages that are not sub-IFDs, as indices into pages->page */
};

enum tiff_found { TIFF_FOUND, TIFF_NOT_FOUND, TIFF_FAILED };

/* Adds a series whose key is page `key`, with room for that many pages; NULL with
 * ENOMEM. */
struct tiff_series *tiff_series_add(struct tiff_finder *finder, int key, int room,
                                    struct err *err);
void tiff_axis_add(struct tiff_series *series, char axis, int64_t extent);
/* Adds an axis, unless its extent is 1 and it is neither X nor Y. */
void tiff_axis_add_squeezed(struct tiff_series *series, char axis, int64_t extent);
/* Returns the index of a page's i-th sub-IFD; -1: there is none, or it could not be
 * read. */
int tiff_page_sub(const struct tiff_pages *pages, int parent, int i);
/* Makes `next` the smaller version that follows `last`, both indices in the list. */
void tiff_series_smaller(struct tiff_series_list *list, int last, int next);
/* Finds the series of files that tifffile wrote (tiff_shaped.c); TIFF_NOT_FOUND may leave
 * series behind. */
enum tiff_found tiff_series_shaped(struct tiff_finder *finder, struct err *err);
/* Returns whether a description is OME-XML; tiff_series_ome() finds its series
 * (tiff_ome.c). */
bool tiff_is_ome(const char *text);
enum tiff_found tiff_series_ome(struct tiff_finder *finder, const char *xml,
                                struct err *err);

/* --- what descriptions say (tiff_describe.c) --------------------------------------- */

struct tiff_imagej {
  int64_t frames, slices, channels, images;
  char order[8]; /* lower case: "czt" */
};
/* Reads an ImageJ description; a text is one when it begins like one. */
bool tiff_parse_imagej(const char *text, struct tiff_imagej *out);

struct tiff_shaped {
  int nd; /* -1: more than ND_MAX axes */
  int64_t shape[ND_MAX];
  char axes[ND_MAX + 1]; /* "" when the text does not state them, or states another number
                          * than nd */
  bool truncated, says_truncated;
};
/* Reads tifffile's own description: {"shape": [...], ...} or shape=(...).  Returns false
 * when the text is none. */
bool tiff_is_shaped(const char *text);
bool tiff_parse_shaped(const char *text, struct tiff_shaped *out);

#endif
