/* A command line, one word a line. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mountopts/mountopts.h"

enum { WORDS = 40 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char program[] = "tesserafs", *argv[WORDS + 2] = {program};
  char *text = strndup((const char *)data, size), *rest = text, *word;
  int argc = 1;
  while (argc <= WORDS && (word = strsep(&rest, "\n")))
    argv[argc++] = word;
  struct options options;
  struct problems problems = {0};
  struct arena arena;
  arena_init(&arena);
  const int rc = options_parse(argc, argv, &arena, &options, &problems);
  /* whoever asks for help gets it, whatever else is wrong */
  const bool prints = !rc && options.action >= ACTION_HELP;
  assert(prints || (rc != 0) == (problems.count != 0));
  for (int i = 0; !rc && i < options.fuse_argc; i++)
    assert(options.fuse_argv[i]);
  problems_free(&problems);
  arena_free(&arena);
  free(text);
  return 0;
}
