/* Is a field an image or a mask?  A description says so, or a layout whose names have
 * fixed roles; else the file's header (NIfTI's intent "label"), else the words of the
 * names: of the field, then of the groups it lies in within its file, of the file, and of
 * the directories below SOURCE, the nearest first.  Element types and values say
 * nothing, since a CT is integers too. */
#ifndef TESSERAFS_FIELD_TYPE_H
#define TESSERAFS_FIELD_TYPE_H

#include <stddef.h>

#include "core/base/text.h"
#include "core/dataset/dataset.h"

/* What one name says. */
enum name_says { SAYS_NOTHING, SAYS_IMAGE, SAYS_MASK };

/* Judges the first n bytes of a name by its whole words, which end at non-letters and
 * where lower case turns to upper: "lungMask" and "GT_1" are masks, "unlabeled" and
 * "masked" say nothing.  A mask's word beats an image's.  *word: the word, in lower
 * case, of static life. */
enum name_says name_says(const char *name, size_t n, const char **word);

/* Returns the length of a name without such words at its ends, and what separates them:
 * "a" of "a_seg", "007" of "img-007".  *from: where it begins. */
size_t name_without_words(const char *name, size_t n, size_t *from);

/* Sets type, typed_by and typed_word by names.  key: "group/name" of an array that its
 * author named, or the field's name; NULL: the name is one that we gave.  path: of the
 * file below SOURCE; of a stack that of its directory, with *pieces inside.  NULL: there
 * is none. */
void field_type_by_names(struct field_spec *field, const char *key, const char *path,
                         bool stack);
/* Lets the file's header decide, unless a description or a layout has. */
void field_type_by_intent(struct field_spec *field, int intent);

/* Adds the reason for the type, as dataset.json gives it. */
void field_type_reason(const struct field_spec *field, struct text *out);

#endif
