/* TIFF directories, descriptions and what libtiff makes of one strip or tile. */
#include "tests/fuzz/fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  return fuzz_source(data, size, ".tif");
}
