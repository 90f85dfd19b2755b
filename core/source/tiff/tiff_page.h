/* The directories (IFDs) of a TIFF file, as facts about its pages.
 *
 * This program reads them itself, not through libtiff: what a page is (shape, dtype,
 * whether its samples lie in one piece) follows tifffile's reading of the tags, a chain
 * of 100,000 pages is walked with three short reads each, and nothing is decoded. */
#ifndef TESSERAFS_TIFF_PAGE_H
#define TESSERAFS_TIFF_PAGE_H

#include "core/source/source_format.h"

enum {
  TIFF_MAX_PAGES = 100000,  /* of one file, sub-IFDs included */
  TIFF_MAX_TAGS = 4096,     /* of one directory */
  TIFF_MAX_TEXT = 16 << 20, /* bytes of a description that is looked at */
  TIFF_EXTRA = 6,           /* extra samples that are compared */
  TIFF_PAGE_ND = 4,         /* axes of one page */
  TIFF_REASON = 120,
};

struct tiff_file {
  struct source *source;
  const char *path;
  int64_t size;              /* bytes */
  int64_t first;             /* offset of the first directory */
  bool big;                  /* BigTIFF: 64-bit offsets */
  bool swapped;              /* big-endian */
  const unsigned char *near; /* bytes of the directory being read, so that values inside
                              * it need no further read; NULL: none */
  int64_t near_offset, near_size;
};

/* The values of one tag; where they fit they lie in the directory itself. */
struct tiff_tag {
  uint16_t code, type;
  int64_t count;
  int64_t offset; /* of the values in the file, bytes */
  int size;       /* bytes of one value */
};

enum tiff_vendor { TIFF_PLAIN, TIFF_STK, TIFF_LSM, TIFF_MDGEL, TIFF_NIH };

struct tiff_page {
  int64_t ifd;  /* offset of its directory */
  int index;    /* position in the chain; of a sub-IFD: its parent's */
  bool sub;     /* a sub-IFD */
  int number;   /* of a sub-IFD: which one of its parent */
  bool reduced; /* says that it is a smaller version of another */
  enum tiff_vendor vendor;

  /* tags; the same in all pages of one array */
  struct tiff_kind {
    int64_t width, length, depth;                /* pixels */
    int64_t tile_width, tile_length, tile_depth; /* 0: strips */
    int64_t rows_per_strip;                      /* 0: tiles */
    int64_t samples;                             /* per pixel */
    int bits, format;                            /* 0: they differ between samples */
    int planar, compression, photometric, fill_order, predictor;
    int subsampled; /* chroma; -1 while reading: not stated */
    int64_t nextra;
    int extra[TIFF_EXTRA];
  } kind;

  int64_t segments;        /* strips or tiles that have an offset */
  int64_t data;            /* offset of the first of these; -1: there is none */
  bool contiguous;         /* all samples lie in one piece at data, uncompressed */
  bool final;              /* and only their byte order may have to change */
  struct tiff_tag text[2]; /* ImageDescription, first and second; count 0: none */
  struct tiff_tag software;
  struct tiff_tag subifds;

  /* what follows from them */
  char unusable[TIFF_REASON]; /* "": it is an array */
  enum dtype dtype;
  int nd;
  int64_t shape[TIFF_PAGE_ND]; /* outermost first: [planar sample,] [z,] row, column[,
                                  sample] */
  char axes[TIFF_PAGE_ND + 1]; /* tifffile's letters: S Z Y X S */
  int64_t bytes;               /* of the page as an array */
};

/* Pages in the order in which tifffile visits them: each followed by its sub-IFDs. */
struct tiff_pages {
  struct tiff_page *page;
  int n, room;
  int chain; /* how many of them are not sub-IFDs */
};

/* Reads an unsigned integer of n bytes in the file's byte order. */
uint64_t tiff_uint(const struct tiff_file *file, const unsigned char *bytes, int n);
/* Returns a size or offset as int64_t; INT64_MAX when it does not fit. */
int64_t tiff_extent(uint64_t value);
/* Reads `size` bytes at offset; EIO, naming `what`, when they are not inside the file. */
int tiff_pread(const struct tiff_file *file, void *buf, int64_t size, int64_t offset,
               const char *what, struct err *err);
/* Gives values[first .. first+n) as unsigned integers; 0 for types that are not
 * integers. */
int tiff_tag_values(const struct tiff_file *file, const struct tiff_tag *tag,
                    int64_t first, int n, uint64_t *out, struct err *err);

/* Is it one of CCITT's compressions, which are of 1-bit pixels? */
bool tiff_is_fax(int compression);

/* Reads the file's header; -1 with EIO. */
int tiff_file_open(struct tiff_file *file, struct source *source, struct err *err);
/* A directory as it is stored. */
struct tiff_directory {
  struct tiff_file file; /* whose near bytes are the entries */
  unsigned char *entries;
  int ntags;
  int64_t next; /* offset of the next one; 0: none */
};
int tiff_directory_read(const struct tiff_file *file, int64_t ifd,
                        struct tiff_directory *out, struct err *err);
void tiff_directory_free(struct tiff_directory *directory); /* also after an error */
#define CLEANUP_DIRECTORY __attribute__((cleanup(tiff_directory_free)))
/* Returns entry i of the directory that is near. */
struct tiff_tag tiff_entry_at(const struct tiff_file *file, int i);

/* Reads the directory at page->ifd into *page, and the offset of the next one (0: none)
 * into *next. */
int tiff_page_read(const struct tiff_file *file, struct tiff_page *page, int64_t *next,
                   struct err *err);
/* Reads from the directory at ifd where strip or tile `number` is stored: its offset and
 * size in bytes, both 0 when the directory does not say.  *size UINT64_MAX: it has no
 * sizes at all. */
int tiff_piece_place(const struct tiff_file *file, int64_t ifd, int64_t number,
                     uint64_t *offset, uint64_t *size, struct err *err);
/* Reads all directories; EIO for a broken one, a loop, or too many.  The caller frees
 * pages->page. */
int tiff_pages_read(const struct tiff_file *file, struct tiff_pages *pages,
                    struct err *err);
/* Gives the text of a tag in *text, without trailing NULs and surrounding space; the
 * caller frees it.  NULL when the tag is absent or not text. */
int tiff_page_text(const struct tiff_file *file, const struct tiff_tag *tag, char **text,
                   struct err *err);
/* Returns whether two pages may belong to one array, by tifffile's rule. */
bool tiff_page_same(const struct tiff_page *a, const struct tiff_page *b);

/* Derives dtype, shape, unusable, ... from the tags (tiff_kind.c). */
void tiff_page_derive(struct tiff_page *page);

#endif
