/* Fuzzes source_tiff.c: make VARIANT=fuzz fuzz && build/fuzz/tests/fuzz/fuzz_tiff CORPUS
 */
#include <stdint.h>

#include "tests/fuzz/fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  return fuzz_source(data, size, ".tif");
}
