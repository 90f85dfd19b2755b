/* NIfTI and Analyze headers and gzip streams, behind any first bytes. */
#include "core/source/nifti/nifti_header.h"
#include "tests/fuzz/fuzz_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct nifti_header header;
  struct geometry geo;
  struct err err = ERR_INIT;
  if (nifti_is_analyze(data, size) && !nifti_parse(data, size, "fuzz.hdr", &header, &err))
    nifti_geometry(&header, &geo);
  double affine[3][4];
  analyze_mat(data, size, affine);
  return fuzz_source(data, size, ".nii");
}
