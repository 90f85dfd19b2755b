/* Extended attributes.  A size of 0 asks for the length of the answer. */
#include "fs/xattr.h"

#include <errno.h>

#include "fs/reply.h"
#include "fs/request.h"

static void reply_text(fuse_req_t req, const struct text *text, size_t size)
{
  if (size == 0)
    fuse_reply_xattr(req, text->size);
  else if (text->size > size)
    fuse_reply_err(req, ERANGE);
  else
    fuse_reply_buf(req, text->data, text->size);
}

/* name NULL: the list of names is asked for. */
static void answer(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
  struct tree *tree = fs_of(req)->tree;
  struct request request;
  struct text text = {0};
  struct err err = ERR_INIT;
  if (!request_begin(&request, req, REQUEST_NAMES))
    return;
  const int rc = name ? tree_getxattr(tree, ino, name, &text, &err)
                      : tree_listxattr(tree, ino, &text, &err);
  if (!rc && text.failed)
    err_set(&err, ENOMEM, "out of memory");
  if (request_end(&request)) {
    if (err.errnum)
      reply_error(req, ino, NULL, &err);
    else
      reply_text(req, &text, size);
  }
  text_free(&text);
}

void xattr_get(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
  answer(req, ino, name, size);
}

void xattr_list(fuse_req_t req, fuse_ino_t ino, size_t size)
{
  answer(req, ino, NULL, size);
}
