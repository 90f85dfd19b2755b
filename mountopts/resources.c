/* The memory and cores that this process may use: the machine's, or less where its cgroup
 * says so.
 *
 * A limit may be set on any directory between the process's own cgroup and the root, so
 * all of them are read and the smallest limit counts.  In a container the path in
 * /proc/self/cgroup may lie outside of what is mounted; then only the directories that
 * exist are read, the root among them. */
#include <ctype.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mountopts/mountopts.h"

#define CGROUP "/sys/fs/cgroup"

/* Reads the first line of a small file, without its newline; returns false when it cannot
 * be read. */
static bool first_line(const char *path, char *buf, size_t size)
{
  FILE *file = fopen(path, "re");
  if (!file)
    return false;
  bool ok = fgets(buf, (int)size, file);
  fclose(file);
  if (ok)
    buf[strcspn(buf, "\n")] = '\0';
  return ok;
}

/* Returns whether `name` is one of the comma-separated controllers. */
static bool has_controller(const char *list, const char *name)
{
  size_t len = strlen(name);
  for (; list; list = strchr(list, ',') ? strchr(list, ',') + 1 : NULL)
    if (!strncmp(list, name, len) && (!list[len] || list[len] == ','))
      return true;
  return false;
}

/* Gives this process's cgroup path ("/a/b") for a v1 controller, or the v2 one for "". */
static bool cgroup_path(const char *controller, char *out, size_t size)
{
  char line[4096];
  bool found = false;
  FILE *file = fopen("/proc/self/cgroup", "re");
  while (file && !found && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = '\0';
    char *list = strchr(line, ':');
    char *path = list ? strchr(list + 1, ':') : NULL;
    if (!path)
      continue;
    *path = '\0';
    found = *controller ? has_controller(list + 1, controller) : !list[1];
    if (found)
      snprintf(out, size, "%s", path + 1);
  }
  if (file)
    fclose(file);
  return found;
}

typedef void limit_fn(void *ctx, const char *dir);

/* Calls fn for every directory from the process's cgroup up to the hierarchy's root. */
static void each_level(const char *controller, limit_fn *fn, void *ctx)
{
  char path[4096], dir[4200];
  if (!cgroup_path(controller, path, sizeof path))
    return;
  for (;;) {
    snprintf(dir, sizeof dir, CGROUP "%s%s%s", *controller ? "/" : "", controller, path);
    fn(ctx, dir);
    char *slash = strrchr(path, '/');
    if (!slash || !*path)
      return;
    *slash = '\0';
  }
}

static void lower(uint64_t *limit, const char *dir, const char *file)
{
  char path[4300], line[64];
  snprintf(path, sizeof path, "%s/%s", dir, file);
  if (!first_line(path, line, sizeof line) || !isdigit((unsigned char)*line))
    return;
  uint64_t value = strtoull(line, NULL, 10);
  if (value && value < *limit)
    *limit = value;
}

static void memory_level(void *ctx, const char *dir)
{
  lower(ctx, dir, "memory.max");
  lower(ctx, dir, "memory.limit_in_bytes");
}

uint64_t memory_available(void)
{
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  uint64_t limit =
      pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_C(1) << 30;
  each_level("", memory_level, &limit);
  each_level("memory", memory_level, &limit);
  return limit;
}

/* A quota is microseconds of processor time per period: 150000 of 100000 are two
 * cores. */
static void lower_cpus(int *cpus, double quota, double period)
{
  if (quota <= 0 || period <= 0)
    return;
  double cores = quota / period;
  if (cores < *cpus)
    *cpus = cores <= 1 ? 1 : (int)cores + (cores > (int)cores);
}

static void cpu_level(void *ctx, const char *dir)
{
  char path[4300], line[64];
  double quota, period;
  snprintf(path, sizeof path, "%s/cpu.max", dir);
  if (first_line(path, line, sizeof line) &&
      sscanf(line, "%lf %lf", &quota, &period) == 2)
    lower_cpus(ctx, quota, period);
  snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", dir);
  if (!first_line(path, line, sizeof line))
    return;
  quota = strtod(line, NULL);
  snprintf(path, sizeof path, "%s/cpu.cfs_period_us", dir);
  if (first_line(path, line, sizeof line))
    lower_cpus(ctx, quota, strtod(line, NULL));
}

int cpus_available(void)
{
  cpu_set_t set;
  int cpus = sched_getaffinity(0, sizeof set, &set) ? (int)sysconf(_SC_NPROCESSORS_ONLN)
                                                    : CPU_COUNT(&set);
  if (cpus < 1)
    cpus = 1;
  each_level("", cpu_level, &cpus);
  each_level("cpu", cpu_level, &cpus);
  return cpus;
}
