/* MedSegPy's file names: the recorded parses of golden/medsegpy_legacy.json ("parse"). */
#include <string.h>

#include "core/discover/medsegpy.h"
#include "tests/support/check.h"

static bool parses(const char *text, int64_t subject, int64_t time, int64_t aug,
                   int64_t slice)
{
  struct medsegpy_name name;
  return medsegpy_slice_name(text, &name) && name.subject == subject &&
         name.time == time && name.aug == aug && name.slice == slice;
}

static bool refuses(const char *text)
{
  struct medsegpy_name name;
  return !medsegpy_slice_name(text, &name);
}

static void test_recorded(void)
{
  CHECK(parses("9311328_V01-Aug04_072.im", 9311328, 1, 4, 72));
  CHECK(parses("/a/b/0123456_V00-Aug00_001", 123456, 0, 0, 1));
  CHECK(parses("123_V1-Aug2_3.im", 123, 1, 2, 3));
  CHECK(parses("0000001_V00-Aug00_1000.seg", 1, 0, 0, 1000));
  CHECK(parses("x0000001_V00-Aug00_002y.im", 1, 0, 0, 2));
  CHECK(refuses("0000001_V00_002.im"));
  CHECK(refuses("0000001_V00-Aug00_002_0000003_V00-Aug00_004.im"));
}

static void test_hostile(void)
{
  CHECK(refuses(""));
  CHECK(refuses("_V00-Aug00_001"));
  CHECK(refuses("1_V-Aug00_001"));
  CHECK(refuses("1_V00-Aug00_"));
  CHECK(refuses("1_V00-Aug00_9999999999999999999"));
  CHECK(parses("7_1_V00-Aug00_2", 1, 0, 0, 2));
  CHECK(parses("1_V2_V3-Aug4_5", 2, 3, 4, 5));
}

static void test_volumes(void)
{
  CHECK(medsegpy_volume_name("0000001_V00.im", 11));
  CHECK(!medsegpy_volume_name("0000001_V00x.im", 12));
  CHECK(!medsegpy_volume_name("x0000001_V00.im", 12));
  CHECK(!medsegpy_volume_name("0000001_V.im", 9));
}

int main(void)
{
  test_recorded();
  test_hostile();
  test_volumes();
  return check_report("medsegpy");
}
