/* Words that make a mask: see field_type.h. */
#include "core/dataset/field_type.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/nd/geometry.h"

static const char *const mask_words[] = {
    "label",
    "labels",
    "labelmap",
    "labelmaps",
    "mask",
    "masks",
    "seg",
    "segs",
    "segm",
    "dseg",
    "segmentation",
    "segmentations",
    "lesion",
    "lesions",
    "roi",
    "rois",
    "gt",
    "gts",
    "truth",
    "groundtruth",
    "groundtruths",
    "annotation",
    "annotations",
    "annot",
    "annots",
    "aseg",
    "aparc",
    "parcellation",
    "parcellations",
    "maske",
    "masken",
    "segmentierung",
    "masque",
    "masques",
};
static const char *const image_words[] = {"image", "images", "img", "imgs"};
/* Words that turn the mask's word behind them, or before them, into its opposite. */
static const char *const before[] = {"no", "non", "not", "without", "un"};
static const char *const behind[] = {"free", "less"};

#define FIND(words, text, n) find(words, sizeof(words) / sizeof *(words), text, n)

static const char *find(const char *const *words, size_t count, const char *text,
                        size_t n)
{
  for (size_t i = 0; i < count; i++)
    if (strlen(words[i]) == n && !strncasecmp(words[i], text, n))
      return words[i];
  return NULL;
}

/* Bytes of UTF-8 letters count as letters; other symbols are rare in names. */
static bool is_letter(char c)
{
  return isalpha((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Returns where the word that begins at `at` ends: at a non-letter, or where camel case
 * begins another ("lungMask", "MRIMask"). */
static size_t word_end(const char *name, size_t n, size_t at)
{
  size_t end = at + 1;
  for (; end < n && is_letter(name[end]); end++) {
    const bool upper = isupper((unsigned char)name[end]);
    if (upper && islower((unsigned char)name[end - 1]))
      break;
    if (upper && isupper((unsigned char)name[end - 1]) && end + 1 < n &&
        islower((unsigned char)name[end + 1]))
      break;
  }
  return end;
}

/* Two neighbouring words belong to one phrase when no digit stands between them. */
static bool digits_between(const char *name, size_t from, size_t to)
{
  for (size_t i = from; i < to; i++)
    if (isdigit((unsigned char)name[i]))
      return true;
  return false;
}

static bool is_denied(const char *name, size_t n, size_t last, size_t last_end, size_t at,
                      size_t end)
{
  size_t next = end;
  while (next < n && !is_letter(name[next]))
    next++;
  const size_t next_end = next < n ? word_end(name, n, next) : next;
  return (last < last_end && !digits_between(name, last_end, at) &&
          FIND(before, name + last, last_end - last)) ||
         (next < n && !digits_between(name, end, next) &&
          FIND(behind, name + next, next_end - next));
}

enum name_says name_says(const char *name, size_t n, const char **word)
{
  enum name_says says = SAYS_NOTHING;
  size_t last = 0, last_end = 0, run = 0;
  for (size_t at = 0, end; at < n; at = end) {
    if (!is_letter(name[at])) {
      end = at + 1;
      continue;
    }
    /* the whole run of letters is tried first, for "ROIs" and "groundTruth" */
    const bool begins = at == 0 || !is_letter(name[at - 1]);
    for (run = at; run < n && is_letter(name[run]);)
      run++;
    end = begins && FIND(mask_words, name + at, run - at) ? run : word_end(name, n, at);
    const char *mask = FIND(mask_words, name + at, end - at);
    const char *image = FIND(image_words, name + at, end - at);
    if (mask && !is_denied(name, n, last, last_end, at, end)) {
      *word = mask;
      return SAYS_MASK;
    }
    if (image && says == SAYS_NOTHING) {
      *word = image;
      says = SAYS_IMAGE;
    }
    last = at;
    last_end = end;
  }
  return says;
}

static bool is_word(const char *text, size_t n)
{
  return FIND(mask_words, text, n) || FIND(image_words, text, n);
}

static bool is_separator(char c)
{
  return !is_letter(c) && !isdigit((unsigned char)c);
}

/* Returns where the word at the end of name[at..end) begins, if it is to be cut; else
 * `end`. */
static size_t last_word(const char *name, size_t at, size_t end)
{
  size_t run = end;
  while (run > at && is_letter(name[run - 1]))
    run--;
  if (is_word(name + run, end - run))
    return run;
  for (size_t next; run < end; run = next) {
    next = word_end(name, end, run);
    if (next == end)
      return is_word(name + run, end - run) ? run : end;
  }
  return end;
}

/* Returns where the word at the begin of name[at..end) ends, if it is to be cut; else
 * `at`. */
static size_t first_word(const char *name, size_t at, size_t end)
{
  size_t run = at;
  while (run < end && is_letter(name[run]))
    run++;
  if (is_word(name + at, run - at))
    return run;
  run = run > at ? word_end(name, end, at) : at;
  return is_word(name + at, run - at) ? run : at;
}

size_t name_without_words(const char *name, size_t n, size_t *from)
{
  static const char ground[] = "ground"; /* of "ground_truth" */
  const size_t length = sizeof ground - 1;
  size_t at = 0, end = n;
  for (size_t cut; at < end && (cut = last_word(name, at, end)) < end;) {
    end = cut;
    while (end > at && is_separator(name[end - 1]))
      end--;
    if (end - at >= length && !strncasecmp(name + cut, "truth", 5) &&
        !strncasecmp(name + end - length, ground, length))
      end -= length;
    while (end > at && is_separator(name[end - 1]))
      end--;
  }
  for (size_t cut; at < end && (cut = first_word(name, at, end)) > at;) {
    at = cut;
    while (at < end && is_separator(name[at]))
      at++;
  }
  *from = at;
  return end - at;
}

/* --- of a field -------------------------------------------------------------------- */

/* Returns the bytes of a file's name without its suffix ("a.img" is no image by that),
 * unless the suffix is a mask's word ("x.seg"). */
static size_t stem_length(const char *name, size_t n)
{
  const char *unused;
  for (int i = 0; i < 2; i++) {
    size_t dot = n;
    while (dot > 1 && name[dot - 1] != '.')
      dot--;
    if (dot <= 1 || n - dot > 8 || name_says(name + dot, n - dot, &unused) == SAYS_MASK)
      return n;
    const bool gz = n - dot == 2 && !strncasecmp(name + dot, "gz", 2);
    n = dot - 1;
    if (!gz)
      return n;
  }
  return n;
}

static size_t base_of(const char *path, size_t n)
{
  while (n && path[n - 1] != '/')
    n--;
  return n;
}

static bool take(struct field_spec *field, enum typed_by by, enum name_says says,
                 const char *word)
{
  if (says == SAYS_NOTHING)
    return false;
  field->type = says == SAYS_MASK ? FIELD_MASK : FIELD_IMG;
  field->typed_by = by;
  field->typed_word = word;
  return true;
}

/* Judges the names of a path from its end, the last as `by`, the others as `above`. */
static bool take_path(struct field_spec *field, const char *path, enum typed_by by,
                      enum typed_by above)
{
  for (size_t n = strlen(path); n;) {
    const size_t at = base_of(path, n);
    const size_t end = by == TYPED_BY_FILE ? at + stem_length(path + at, n - at) : n;
    const char *word = NULL;
    const enum name_says says = name_says(path + at, end - at, &word);
    if (take(field, by, says, word))
      return true;
    n = at ? at - 1 : 0;
    by = above;
  }
  return false;
}

/* The files of a stack say what its first and last say alike. */
static bool take_slices(struct field_spec *field)
{
  enum name_says says[2] = {SAYS_NOTHING, SAYS_NOTHING};
  const char *word = NULL;
  for (int i = 0; i < 2; i++) {
    char room[PATH_MAX];
    struct piece piece;
    if (!field_piece(field, i ? field->npieces - 1 : 0, room, &piece) || !piece.path)
      return false;
    const size_t n = strlen(piece.path), at = base_of(piece.path, n);
    says[i] = name_says(piece.path + at, stem_length(piece.path + at, n - at), &word);
  }
  return says[0] == says[1] && take(field, TYPED_BY_FILE, says[0], word);
}

void field_type_by_names(struct field_spec *field, const char *key, const char *path,
                         bool stack)
{
  field->type = FIELD_IMG;
  field->typed_by = TYPED_BY_NOTHING;
  if (key && take_path(field, key, TYPED_BY_FIELD, TYPED_BY_GROUP))
    return;
  if (stack && take_slices(field))
    return;
  if (path)
    take_path(field, path, stack ? TYPED_BY_DIRECTORY : TYPED_BY_FILE,
              TYPED_BY_DIRECTORY);
}

void field_type_by_intent(struct field_spec *field, int intent)
{
  if (intent != NIFTI_INTENT_LABEL || field->typed_by == TYPED_BY_DESCRIPTION ||
      field->typed_by == TYPED_BY_LAYOUT)
    return;
  field->type = FIELD_MASK;
  field->typed_by = TYPED_BY_INTENT;
}

void field_type_reason(const struct field_spec *field, struct text *out)
{
  static const char *const names[] = {
      [TYPED_BY_FIELD] = "field",
      [TYPED_BY_GROUP] = "group",
      [TYPED_BY_FILE] = "file",
      [TYPED_BY_DIRECTORY] = "directory",
  };
  switch (field->typed_by) {
  case TYPED_BY_NOTHING:
    text_add(out, "neither a name nor a header says mask");
    break;
  case TYPED_BY_DESCRIPTION:
    text_add(out, "the description says so");
    break;
  case TYPED_BY_LAYOUT:
    text_add(out, "the layout says so");
    break;
  case TYPED_BY_INTENT:
    text_add(out, "the NIfTI header's intent is label (%d)", NIFTI_INTENT_LABEL);
    break;
  case TYPED_BY_FIELD:
  case TYPED_BY_GROUP:
  case TYPED_BY_FILE:
  case TYPED_BY_DIRECTORY:
    text_add(out, "the word '%s' in the %s's name", field->typed_word,
             names[field->typed_by]);
  }
}
