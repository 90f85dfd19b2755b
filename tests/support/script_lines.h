/* Numbers that a script of tests/python prints, one case a line. */
#ifndef TESSERAFS_SCRIPT_LINES_H
#define TESSERAFS_SCRIPT_LINES_H

#include <inttypes.h>
#include <stdio.h>

#include "tests/support/check.h"

/* script: its path in tests/python, and its arguments. */
static inline FILE *lines_begin(const char *script)
{
  char command[200];
  snprintf(command, sizeof command, "/usr/bin/python3 tests/python/%s", script);
  FILE *lines = popen(command, "r");
  CHECK(lines);
  return lines;
}

static inline void lines_end(FILE *lines)
{
  CHECK(lines && pclose(lines) == 0);
}

static inline int64_t next_int(FILE *lines)
{
  int64_t value = 0;
  CHECK(fscanf(lines, "%" SCNd64, &value) == 1);
  return value;
}

static inline uint64_t next_word(FILE *lines)
{
  uint64_t value = 0;
  CHECK(fscanf(lines, "%" SCNu64, &value) == 1);
  return value;
}

/* Decimal, or hexadecimal as float.hex() writes it. */
static inline double next_double(FILE *lines)
{
  double value = -1;
  CHECK(fscanf(lines, "%la", &value) == 1);
  return value;
}

#endif
