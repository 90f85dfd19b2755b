/* How encodings put a file together: a layout is built region after region; a stream can
 * write its bytes at any offset. */
#ifndef TESSERAFS_LAYOUT_H
#define TESSERAFS_LAYOUT_H

#include "core/encoding/encoding.h"

/* Writes `size` bytes from offset, which lie inside.  Thread safe.  Returns 0, or -1 with
 * *err set. */
typedef int pread_fn(void *ctx, void *buf, size_t size, int64_t offset, struct err *err);

struct stream {
  pread_fn *pread;
  void *ctx;
  int64_t size; /* bytes */
};

/* Makes an empty layout with room for max regions, in the arena. */
int layout_init(struct layout *layout, int max, struct arena *arena, struct err *err);

/* Each appends one region behind the last one, or nothing when the region is empty.
 * Memory that is pointed at must outlive the layout. */
void layout_bytes(struct layout *layout, const void *bytes, int64_t size);
void layout_voxels(struct layout *layout, const struct view *view);
void layout_stream(struct layout *layout, struct stream stream);

/* Reads the bytes [offset, offset+size), which lie inside. */
int layout_pread(const struct layout *layout, void *buf, size_t size, int64_t offset,
                 struct err *err);

/* Returns the whole layout as one stream. */
struct stream layout_as_stream(struct layout *layout);

/* Gives the bytes of all voxels: 0, or -1 with EOVERFLOW. */
int layout_view_bytes(const struct view *view, int64_t *bytes, struct err *err);
/* a + b, or -1 with EOVERFLOW. */
int layout_add_size(int64_t a, int64_t b, int64_t *sum, struct err *err);

/* Copies the part [offset, offset+size) of a small piece of framing. */
void layout_copy_part(void *buf, size_t size, const unsigned char *piece, int64_t offset);

#endif
