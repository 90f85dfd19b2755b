/* tesserafs.json: what it makes of good ones, and that all mistakes of a bad one are
 * named. */
#include "tests/support/description_check.h"
#include "tests/support/step_check.h"

static void test_scans(void)
{
  CHECK(!read_text(
      "{\"scans\": [{\"id\": \"{s}\", \"fields\": {\"image\": \"raw/{s}.npy\", "
      "\"label\": {\"path\": \"lab/{s}.h5:seg\", \"transforms\": "
      "[{\"window\": [-1000, 400]}, \"minmax\"]}, \"target\": 2}}]}"));
  CHECK(desc.dataset.nscans == 2 && !strcmp(desc.dataset.scans[1].id, "b"));
  CHECK(!strcmp(desc.dataset.layout, "description"));
  const struct field_spec *image = field(0, "image"), *const label = field(0, "label");
  if (!CHECK(image && label))
    return;
  CHECK(image->npieces == 1 && image->type == FIELD_IMG && !image->pieces[0].key);
  CHECK(strstr(image->pieces[0].path, "/raw/a.npy"));
  CHECK(label->type == FIELD_MASK && !strcmp(label->pieces[0].key, "seg"));
  CHECK(steps_read_as(&transform_steps, &label->transforms, "window:-1000:400+minmax"));
  CHECK(field(0, "target")->has_value && field(0, "target")->value == 2);
  CHECK(desc.dataset.nsplits == 1 && !strcmp(desc.dataset.splits[0].name, "all"));
}

static void test_raw_and_geometry(void)
{
  CHECK(
      !read_text("{\"scans\": [{\"id\": \"r\", \"spatial\": 2, \"channels\": \"first\", "
                 "\"fields\": {\"v\": {\"raw\": \"f.bin\", \"shape\": [3, 4], \"dtype\": "
                 "\">u2\", \"offset\": 16, \"spacing\": [0.5, 2]}}}]}"));
  const struct field_spec *v = field(0, "v");
  if (!CHECK(v && v->pieces[0].raw))
    return;
  const struct source_raw *raw = v->pieces[0].raw;
  CHECK(raw->nd == 2 && raw->shape[1] == 4 && raw->offset == 16);
  CHECK(raw->dtype == DT_U16 && raw->swapped);
  CHECK(v->has_spacing && v->spacing[1] == 2 && v->spacing[2] == 1);
  CHECK(desc.dataset.scans[0].spatial == 2 && desc.dataset.scans[0].channels_first);
}

static void test_splits(void)
{
  CHECK(!read_text(
      "{\"scans\": [{\"id\": \"{s}\", \"fields\": {\"image\": \"raw/{s}.npy\"}}, "
      "{\"id\": \"r\", \"split\": \"test\", \"fields\": {\"v\": \"f.bin\"}}],"
      "\"splits\": {\"train\": [\"a\", \"[b-c]\"], \"test\": [\"b\"]}}"));
  CHECK(desc.dataset.nsplits == 2 && !strcmp(desc.dataset.splits[0].name, "test"));
  CHECK(desc.dataset.splits[0].nscans == 2 && desc.dataset.splits[0].scans[0] == 1);
  CHECK(desc.dataset.splits[1].nscans == 2 && desc.dataset.splits[1].scans[1] == 1);
}

#define ONE_SCAN "\"scans\": [{\"id\": \"r\", \"fields\": {\"image\": \"f.bin\"}}]"

static void test_views(void)
{
  CHECK(!read_text(
      "{" ONE_SCAN ", \"seed\": 7, \"formats\": [\"npy\"], \"views\": {\"patches\": "
      "{\"p10\": {\"size\": [64, null, 64], \"stride\": 32}, \"p9\": {\"fields\": "
      "[\"image\"]}}, \"slices\": {\"w\": {\"window\": 3}}}}"));
  CHECK(desc.has_seed && desc.seed == 7 && desc.formats);
  if (!CHECK(desc.nviews == 3))
    return;
  CHECK(!strcmp(desc.views[0].name, "w") && desc.views[0].params.window == 3);
  CHECK(!strcmp(desc.views[1].name, "p9") && !strcmp(desc.views[2].name, "p10"));
  CHECK(desc.views[2].params.size.v[1] == EXTENT_WHOLE);
  CHECK(desc.views[2].params.stride.n == 1 && desc.views[2].params.stride.v[0] == 32);
}

static void test_all_problems(void)
{
  CHECK(read_text(
      "{" ONE_SCAN ", \"sed\": 1, \"views\": {\"patches\": {\"p64\": {\"size\": "
      "[64, 0, 64], \"strid\": 1}, \"default\": {}}, \"slces\": {}, \"samples\": {}, "
      "\"slices\": {\"s\": {\"window\": 4, \"fields\": [\"imge\"]}}}, \"splits\": "
      "{\"train\": [\"rr*\"]}}"));
  CHECK(problems.count == 9);
  CHECK(
      says("tesserafs.json: views.patches.p64.size: expected 3 positive integers, found "
           "[64, 0, 64]\n"));
  CHECK(says("tesserafs.json: unknown key 'sed'; did you mean 'seed'?\n"));
  CHECK(says("views.patches.p64: unknown key 'strid'; did you mean 'stride'?\n"));
  CHECK(says("views.patches.default: expected a name"));
  CHECK(says("views: unknown kind of view 'slces'; did you mean 'slices'?\n"));
  CHECK(says("views: kind of view 'samples' is not supported by this version\n"));
  CHECK(says("views.slices.s: window: expected an odd number, found 4\n"));
  CHECK(says("views.slices.s.fields: unknown field 'imge'; did you mean 'image'?\n"));
  CHECK(says("splits.train[0]: no scan matches 'rr*'"));
}

static void test_syntax(void)
{
  CHECK(read_text("{\"scans\":\n [}") &&
        says("tesserafs.json: line 2, column 3: expected JSON"));
  CHECK(read_text("{\"a\": 1, \"a\": 2}") && says("duplicate object key"));
  CHECK(read_text("[]") && says("expected an object with \"scans\", found []"));
  CHECK(read_text("") && problems.count == 1);
}

static void test_missing_files(void)
{
  CHECK(
      read_text("{\"scans\": [{\"id\": \"{s}\", \"fields\": {\"image\": \"raw/{s}.npy\", "
                "\"extra\": \"more/{s}.npy\"}}]}"));
  CHECK(
      says("scans[0].fields.extra: scan 'b' has no file that matches 'more/{s}.npy'\n"));
  CHECK(read_text(
      "{\"scans\": [{\"id\": \"x\", \"fields\": {\"image\": \"none/{s}.npy\"}}]}"));
  CHECK(says("scans[0].fields.image: no file matches 'none/{s}.npy'"));
  CHECK(read_text(
      "{\"scans\": [{\"id\": \"x\", \"fields\": {\"image\": \"raw/{s}.npy\"}}]}"));
  CHECK(says("scan 'x' has several files, '") && says("or under \"gather\"\n"));
  CHECK(read_text(
      "{\"scans\": [{\"id\": \"{t}\", \"fields\": {\"image\": \"raw/{s}.npy\"}}]}"));
  CHECK(says("does not go with the id '{t}'"));
}

/* "vols/{s}.nii" takes the labels too; they are not scans of their own. */
static void test_looser_pattern(void)
{
  CHECK(!read_text(
      "{\"scans\": [{\"id\": \"{s}\", \"fields\": {\"image\": \"vols/{s}.nii\", "
      "\"label\": \"vols/{s}_seg.nii\"}}]}"));
  CHECK(desc.dataset.nscans == 2 && !strcmp(desc.dataset.scans[1].id, "b"));
  CHECK(strstr(desc.dataset.ignored, "as scan 'a_seg'; it is the field 'label' of 'a'"));
  touch("vols/c.nii");
  CHECK(read_text(
      "{\"scans\": [{\"id\": \"{s}\", \"fields\": {\"image\": \"vols/{s}.nii\", "
      "\"label\": \"vols/{s}_seg.nii\"}}]}"));
  CHECK(says("scan 'c' has no file that matches 'vols/{s}_seg.nii'") &&
        problems.count == 1);
}

static void test_outside(void)
{
  CHECK(
      read_text("{\"scans\": [{\"id\": \"{s}\", \"fields\": {\"image\": \"/etc/{s}\"}}, "
                "{\"id\": \"u\", \"fields\": {\"image\": \"raw/../../x\"}}, "
                "{\"id\": \"v\", \"fields\": {\"image\": \"link/../passwd\"}}]}"));
  CHECK(says("scans[0].fields.image: '/etc/{s}' points outside"));
  CHECK(says("scans[1].fields.image: 'raw/../../x' points outside"));
  CHECK(says("scans[2].fields.image: ") && problems.count == 3);
  CHECK(!read_text("{\"scans\": [{\"id\": \"{s}\", \"fields\": {\"image\": "
                   "\"lab/../raw/{s}.npy\"}}]}"));
}

static void test_bad_fields(void)
{
  CHECK(read_text(
      "{\"scans\": [{\"id\": \"r\", \"fields\": {\"a/b\": \"f.bin\", \"c\": {\"raw\": "
      "\"f.bin\", \"shape\": [0], \"dtype\": \"u3\", \"offset\": -1}, \"d\": "
      "{\"path\": \"f.bin\", \"type\": \"x\", \"affine\": [1], \"tiles\": 1}, "
      "\"e\": null}}, 7]}"));
  CHECK(says("scans[0].fields.a/b: expected a field name"));
  CHECK(says("scans[0].fields.c.shape: expected 1 to 10 positive integers, found [0]"));
  CHECK(says("scans[0].fields.c.dtype: expected a dtype"));
  CHECK(says(
      "scans[0].fields.c.offset: expected an integer of 0 or more (bytes), found -1"));
  CHECK(says("scans[0].fields.d.type: expected one of img|mask, found \"x\""));
  CHECK(says("scans[0].fields.d.affine: expected 3 or 4 rows"));
  CHECK(says("scans[0].fields.d: \"path\" and \"tiles\" exclude each other\n"));
  CHECK(says("scans[0].fields.d.tiles: expected a text, found 1\n"));
  CHECK(says("scans[0].fields.e: expected a path, a number or an object, found null"));
  CHECK(says("scans[1]: expected an object"));
  CHECK(problems.count == 10);
}

static void test_bad_ids(void)
{
  CHECK(read_text(
      "{\"scans\": [{\"id\": \"a/../b\", \"fields\": {\"i\": \"f.bin\"}}, {\"id\": "
      "\"q\", \"fields\": {\"i\": \"f.bin\"}}, {\"id\": \"q\", \"fields\": {\"i\": "
      "\"f.bin\"}}, {\"fields\": {\"i\": \"f.bin\"}}]}"));
  CHECK(says("scans[0]: id 'a/../b'") &&
        says("scans[2]: id 'q': two scans have this id"));
  CHECK(says("scans[3].id: expected a text such as \"{scan}\", found nothing"));
}

/* The schema is checked, and asked about good and bad descriptions, by Python's
 * jsonschema. */
static void test_schema(void)
{
  char command[2400];
  const char *path = files_path("schema.json");
  FILE *file = fopen(path, "w");
  if (!CHECK(file))
    return;
  help_print_schema(file);
  fclose(file);
  snprintf(
      command, sizeof command,
      "/usr/bin/python3 -c 'import json, jsonschema as j\n"
      "s = json.load(open(\"%s\")); j.Draft7Validator.check_schema(s)\n"
      "ok = lambda d: j.Draft7Validator(s).is_valid(d)\n"
      "d = {\"scans\": [{\"id\": \"{s}\", \"split\": \"train\", \"fields\": {\"image\": "
      "\"r/{s}.im:data\", \"t\": 1, \"label\": {\"path\": \"x\", \"type\": "
      "\"mask\"}}}],\n"
      " \"splits\": {\"train\": [\"a\"]}, \"seed\": 7, \"views\": {\"patches\": {\"p\": "
      "{\"size\": [64, 64, 64], \"stride\": 32, \"transforms\": [{\"window\": [0, "
      "1]}]}}}}\n"
      "assert ok(d)\n"
      "p = d[\"views\"][\"patches\"]; p[\"p\"][\"size\"] = [64, 0, 64]; assert not "
      "ok(d)\n"
      "p[\"p\"] = {\"sise\": 1}; assert not ok(d)\n"
      "del p[\"p\"]; assert ok(d); p[\"default\"] = {}; assert not ok(d)\n"
      "del p[\"default\"]; e = d[\"scans\"][0]; f = e[\"fields\"]\n"
      "g = e[\"gather\"] = {\"z\": {\"axis\": 2, \"order\": [1, \"b\"]}, \"r\": "
      "{\"axis\": 0, \"how\": \"concat\", \"fill\": 0.5}}; assert ok(d)\n"
      "f[\"l\"] = {\"list\": [\"a\", \"b\"], \"how\": \"concat\"}; assert ok(d)\n"
      "f[\"m\"] = {\"path\": \"p\", \"categories\": [0, [1, -2]], \"merge\": "
      "\"or\", \"background\": True, \"fill\": 1}; assert ok(d)\n"
      "f[\"m\"][\"categories\"] = [[]]; assert not ok(d); del f[\"m\"]\n"
      "f[\"l\"][\"path\"] = \"p\"; assert not ok(d); del f[\"l\"]\n"
      "g[\"z\"][\"axis\"] = -1; assert not ok(d); g[\"z\"] = {\"how\": \"join\"}; "
      "assert not ok(d)'",
      path);
  CHECK(!system("/usr/bin/python3 -c 'import jsonschema' 2>/dev/null") &&
        !system(command));
}

int main(void)
{
  description_begin();
  touch("raw/a.npy");
  touch("raw/b.npy");
  touch("lab/a.h5");
  touch("lab/b.h5");
  touch("more/a.npy");
  touch("f.bin");
  touch("vols/a.nii");
  touch("vols/a_seg.nii");
  touch("vols/b.nii");
  touch("vols/b_seg.nii");
  files_link("/etc/default", "link");
  test_scans();
  test_raw_and_geometry();
  test_splits();
  test_views();
  test_all_problems();
  test_syntax();
  test_missing_files();
  test_looser_pattern();
  test_outside();
  test_bad_fields();
  test_bad_ids();
  test_schema();
  description_end();
  return check_report("description");
}
