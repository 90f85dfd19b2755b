/* The server that forks a child for each request, and the child: it sets limits, calls
 * libhdf5, replies and exits.  The server holds no file, little memory and no directory
 * of the user's; it only waits for its socket. */
#include "core/source/hdf5/child/hdf5_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/checked.h"
#include "core/source/hdf5/child/hdf5_driver.h"
#include "core/source/hdf5/child/hdf5_lib.h"
#include "core/source/hdf5/hdf5_codec.h"
#include "core/source/hdf5/hdf5_link.h"
#include "core/source/hdf5/hdf5_worker.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

/* Returns the bytes of memory that a child may take: for a block, what the daemon has
 * found room for, and as much address space again, because libhdf5's inflate doubles its
 * buffer until the chunk fits; for a walk, its list three times over (as it grows), the
 * names of further files, and what libhdf5 keeps of a large file. */
static rlim_t memory_of(const struct hdf5_request *request)
{
  enum { FILES = HDF5_FILES_MAX * PATH_MAX, METADATA = 48 << 20 };
  int64_t block = 0;
  switch (request->op) {
  case HDF5_READ:
    checked_array_bytes(request->nd, request->block, dtype_size(request->dtype), &block);
    return (rlim_t)(HDF5_CHILD_BYTES + block + 2 * request->most);
  case HDF5_WALK:
    return (rlim_t)(HDF5_CHILD_BYTES + FILES + METADATA + 3 * request->most);
  default:
    return HDF5_CHILD_BYTES + METADATA;
  }
}

static void limit(int what, rlim_t most)
{
  const struct rlimit value = {most, most};
  setrlimit(what, &value);
}

/* Every limit ends the process by a signal.  SIGIO means that the other end of the pipe
 * was closed, so nobody waits for the reply. */
static void set_limits(const struct hdf5_request *request, int fd)
{
  signal(SIGPIPE, SIG_DFL);
  signal(SIGIO, SIG_DFL);
  signal(SIGALRM, SIG_DFL);
  fcntl(fd, F_SETOWN, getpid());
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC);
  alarm(HDF5_WORKER_SECONDS);
  limit(RLIMIT_CPU, HDF5_WORKER_SECONDS);
  limit(RLIMIT_CORE, 0);
  if (!IS_SANITIZED) /* a sanitizer reserves terabytes for its shadow */
    limit(RLIMIT_DATA, memory_of(request));
}

/* Writes a reply; a reader that is gone is no error. */
static void reply(int fd, int errnum, const void *payload, size_t size)
{
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_ASYNC); /* from here on the reader reads, so
                                                      * no SIGIO is wanted */
  const struct hdf5_reply_head head = {HDF5_MAGIC, errnum, size};
  if (write(fd, &head, sizeof head) != sizeof head)
    return;
  for (size_t done = 0; done < size;) {
    const ssize_t n = write(fd, (const char *)payload + done, size - done);
    if (n <= 0)
      return;
    done += (size_t)n;
  }
}

/* --- reading voxels ---------------------------------------------------------------- */

/* Says which filter is missing: a known one with what to install, another with the name
 * that the file gives it. */
static int not_available(const struct hdf5_request *request, H5Z_filter_t id, char *name,
                         struct err *err)
{
  const struct hdf5_codec *codec = hdf5_codec_of((uint32_t)id);
  for (char *c = name; *c; c++)
    if (*c < ' ' || *c > '~')
      *c = '?';
  if (!codec)
    return err_set(err, EIO,
                   "%s: %s: needs the HDF5 filter %d (%s), which is not installed: "
                   "expected a plugin in libhdf5's directory or in HDF5_PLUGIN_PATH",
                   request->path, request->object, (int)id, *name ? name : "unnamed");
  if (!codec->package)
    return err_set(err, EIO,
                   "%s: %s: needs the HDF5 filter %u (%s), for which Debian 12 has no "
                   "plugin: set HDF5_PLUGIN_PATH to a directory that has one",
                   request->path, request->object, codec->id, codec->name);
  return err_set(err, EIO,
                 "%s: %s: needs the HDF5 filter %u (%s), which is not installed: install "
                 "Debian's package %s",
                 request->path, request->object, codec->id, codec->name, codec->package);
}

/* Has libhdf5 load the plugins for the dataset's filters; if one is missing, *why says
 * so.  Only a chunk that the filter was applied to needs it. */
static void load_filters(const struct hdf5_request *request, hid_t dataset,
                         struct err *why)
{
  const hid_t plist = H5Dget_create_plist(dataset);
  for (int i = 0; i < H5Pget_nfilters(plist); i++) {
    char name[64] = "";
    unsigned flags;
    size_t nargs = 0;
    const H5Z_filter_t id = H5Pget_filter2(plist, (unsigned)i, &flags, &nargs, NULL,
                                           sizeof name - 1, name, NULL);
    if (H5Zfilter_avail(id) <= 0)
      not_available(request, id, name, why);
  }
}

/* Does the same for the sources of a virtual dataset.  libhdf5 loads their plugins
 * itself, but says only what one is called. */
static void load_source_filters(const struct hdf5_request *request, hid_t dataset,
                                struct err *why)
{
  const hid_t plist = H5Dget_create_plist(dataset);
  size_t n = 0;
  if (H5Pget_layout(plist) != H5D_VIRTUAL || H5Pget_virtual_count(plist, &n) < 0)
    return;
  for (size_t i = 0; i < n && !why->errnum; i++) {
    char names[PATH_MAX] = "", objects[HDF5_NAME_MAX] = "";
    char name[PATH_MAX], object[HDF5_NAME_MAX], path[PATH_MAX];
    if (H5Pget_virtual_filename(plist, i, names, sizeof names) < 0 ||
        H5Pget_virtual_dsetname(plist, i, objects, sizeof objects) < 0)
      continue;
    hdf5_link_block(names, 0, name, sizeof name);
    hdf5_link_block(objects, 0, object, sizeof object);
    if ((strcmp(name, ".") && hdf5_link_resolve(request->path, name, "", path, NULL)))
      continue;
    const hid_t file =
        strcmp(name, ".") ? hdf5_lib_open(path, NULL) : H5Iget_file_id(dataset);
    const hid_t source = file < 0 ? H5I_INVALID_HID : H5Dopen2(file, object, H5P_DEFAULT);
    if (source >= 0)
      load_filters(request, source, why);
    H5Dclose(source);
    H5Fclose(file);
  }
}

/* Selects the part of the block that lies inside the array, in the file and in a block's
 * memory.  nd: axes of the dataspace. */
static int select_block(const struct hdf5_request *request, int nd, hid_t file,
                        hid_t memory)
{
  hsize_t from[ND_MAX], to[ND_MAX], count[ND_MAX];
  if (nd == 0)
    return 0;
  for (int d = 0; d < nd; d++) {
    const int64_t left = request->shape[d] - request->off[d];
    from[d] = (hsize_t)request->off[d];
    to[d] = 0;
    count[d] = (hsize_t)(left < request->block[d] ? left : request->block[d]);
  }
  return H5Sselect_hyperslab(file, H5S_SELECT_SET, from, NULL, count, NULL) < 0 ||
                 H5Sselect_hyperslab(memory, H5S_SELECT_SET, to, NULL, count, NULL) < 0
             ? -1
             : 0;
}

static hid_t block_space(const struct hdf5_request *request, int nd)
{
  hsize_t block[ND_MAX];
  for (int d = 0; d < nd; d++)
    block[d] = (hsize_t)request->block[d];
  return nd ? H5Screate_simple(nd, block, NULL) : H5Screate(H5S_SCALAR);
}

static int changed(const struct hdf5_request *request, struct err *err)
{
  return err_set(err, EIO, "%s: %s: changed its type or shape", request->path,
                 request->object);
}

/* *nd: axes of the dataspace; blocks have all of the others. */
static bool same_array(const struct hdf5_request *request, hid_t type, hid_t space,
                       int *nd)
{
  struct hdf5_type map;
  hsize_t shape[H5S_MAX_RANK];
  if (hdf5_type_map(type, &map, NULL) || map.dtype != request->dtype)
    return false;
  *nd = H5Sget_simple_extent_dims(space, shape, NULL);
  if (*nd < 0 || *nd + map.nd != request->nd)
    return false;
  for (int d = 0; d < *nd; d++)
    if (shape[d] != (hsize_t)request->shape[d])
      return false;
  for (int d = 0; d < map.nd; d++)
    if (map.shape[d] != request->shape[*nd + d] ||
        map.shape[d] != request->block[*nd + d])
      return false;
  return true;
}

static int read_block(const struct hdf5_request *request, struct text *out,
                      struct err *err)
{
  const hid_t file = hdf5_lib_open_own(request->path, err);
  if (file < 0)
    return -1;
  const hid_t dataset = hdf5_lib_dataset(file, request->path, request->object, err);
  if (dataset < 0)
    return -1;
  const hid_t type = H5Dget_type(dataset), space = H5Dget_space(dataset);
  int nd;
  if (!same_array(request, type, space, &nd))
    return changed(request, err);
  int64_t bytes;
  if (!checked_array_bytes(request->nd, request->block, dtype_size(request->dtype),
                           &bytes))
    return err_set(err, EIO, "%s: %s: a block is too large", request->path,
                   request->object);
  out->data = calloc(1, (size_t)bytes);
  out->size = (size_t)bytes;
  if (!out->data)
    return err_set(err, ENOMEM, "%s: %s: out of memory", request->path, request->object);
  struct err missing = ERR_INIT;
  load_filters(request, dataset, &missing);
  const hid_t memory = block_space(request, nd);
  if (H5Pget_external_count(H5Dget_create_plist(dataset)) > 0)
    return hdf5_external_read(request, dataset, nd, out->data, out->size, err);
  if (!select_block(request, nd, space, memory) &&
      H5Dread(dataset, hdf5_type_memory(type, request->dtype), memory, space, H5P_DEFAULT,
              out->data) >= 0)
    return hdf5_driver_led_out(request->path, err);
  struct err failed = ERR_INIT;
  err_set(&failed, EIO, "%s: %s: %s", request->path, request->object, hdf5_lib_why());
  load_source_filters(request, dataset, &missing);
  return err_set(err, EIO, "%s", missing.errnum ? missing.msg : failed.msg);
}

/* --- the process ------------------------------------------------------------------- */

/* Relative names in the file start in its directory, whatever the environment says. The
 * process itself stays in the root directory: a relative entry of HDF5_PLUGIN_PATH or
 * LD_LIBRARY_PATH must not find a plugin beside the file.  Only voxels need plugins. */
static void set_paths(const struct hdf5_request *request)
{
  unsetenv("HDF5_VDS_PREFIX");
  unsetenv("HDF5_EXT_PREFIX");
  unsetenv("HDF5_EXTFILE_PREFIX");
  setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
  if (request->op != HDF5_READ)
    H5PLset_loading_state(0);
}

/* Sends the second reply after a walk; if it fails, the arrays are listed all the
 * same. */
static void reply_known(const struct hdf5_walk *walk, const char *path, int fd)
{
  struct text out = {0};
  alarm(HDF5_KNOWN_SECONDS);
  hdf5_addr_few(walk, path, &out);
  if (out.size && !out.failed)
    reply(fd, 0, out.data, out.size);
}

static _Noreturn void run_child(const struct hdf5_request *request, int fd)
{
  struct err err = ERR_INIT;
  struct text out = {0};
  struct hdf5_walk walk;
  set_limits(request, fd);
  set_paths(request);
  hdf5_driver_confine(request->beneath, request->root);
  int rc;
  if (request->op == HDF5_WALK)
    rc = hdf5_walk(&walk, request, &out, &err);
  else if (request->op == HDF5_PAGE)
    rc = hdf5_addr(request, &out, &err);
  else
    rc = read_block(request, &out, &err);
  if (!rc && out.failed)
    rc = err_set(&err, ENOMEM, "%s: out of memory", request->path);
  if (rc)
    reply(fd, err.errnum, err.msg, strlen(err.msg) + 1);
  else
    reply(fd, 0, out.data, out.size);
  if (!rc && request->op == HDF5_WALK)
    reply_known(&walk, request->path, fd);
  _exit(0);
}

/* --- the server -------------------------------------------------------------------- */

/* Makes the socket descriptor 3 and /dev/null descriptors 0 to 2, and closes everything
 * else, so that the mount's own descriptors end with the daemon. */
static int keep_only(int sock)
{
  if (dup2(sock, 3) < 0)
    return -1;
  const int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++)
    if (null < 0 || dup2(null, fd) < 0)
      return -1;
  return close_range(4, ~0u, 0);
}

/* Leaves the daemon's session: a Ctrl-C there ends the daemon, and the daemon's end ends
 * the server. */
static void settle(void)
{
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGCHLD, SIG_IGN); /* children leave no zombies */
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  setsid();
  prctl(PR_SET_NAME, "tesserafs-hdf5");
}

/* Receives a request and its reply pipe.  Returns 1, 0 at the end of the daemon, -1 for
 * bytes that are no request. */
static int receive(int sock, struct hdf5_request *request, int *fd)
{
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  struct iovec data = {request, sizeof *request};
  struct msghdr message = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
  const ssize_t n = recvmsg(sock, &message, MSG_CMSG_CLOEXEC);
  if (n == 0 || (n < 0 && errno != EINTR))
    return 0;
  const struct cmsghdr *head = n < 0 ? NULL : CMSG_FIRSTHDR(&message);
  if (!head || head->cmsg_type != SCM_RIGHTS)
    return -1;
  memcpy(fd, CMSG_DATA(head), sizeof *fd);
  return 1;
}

static void serve(int sock, const struct hdf5_request *request, int fd)
{
  const pid_t pid = fork();
  if (pid == 0) {
    close(sock);
    run_child(request, fd);
  }
  if (pid < 0) {
    char why[200];
    const int errnum = errno;
    snprintf(why, sizeof why, "cannot start a process for libhdf5: %s", strerror(errnum));
    reply(fd, errnum, why, strlen(why) + 1);
  }
  close(fd);
}

void hdf5_server_run(int sock)
{
  static struct hdf5_request request;
  if (keep_only(sock) || chdir("/"))
    _exit(1);
  settle();
  hdf5_lib_prepare(); /* once: each child inherits it */
  for (;;) {
    int fd;
    const int got = receive(3, &request, &fd);
    if (got == 0)
      _exit(0);
    if (got > 0)
      serve(3, &request, fd);
  }
}
