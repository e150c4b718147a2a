// SPDX-License-Identifier: ISC
// Every function of another library the program calls: how it fails, or why it
// is not made to. A function that is in neither list stops the run, so that
// none is forgotten.

/** One way to fail: what is returned, and errno. `after`: the call is made all the same. */
const way = (result, errno, { after = false } = {}) => ({ result, errno, after });
const minusOne = (...errnos) => errnos.map((errno) => way(-1, errno));
const returns = (...results) => results.map((result) => way(result));
const nothing = (...errnos) => (errnos.length > 0 ? errnos : [undefined]).map((errno) => way(0, errno));

const CURLE_OUT_OF_MEMORY = 27;
const CURLM_OUT_OF_MEMORY = 3;
const CURLM_INTERNAL_ERROR = 4;
const CURLUE_OUT_OF_MEMORY = 7;
const CURLSHE_NOMEM = 4;
const EAI_AGAIN = -3;
const EAI_FAIL = -4;
const [EAGAIN, ENOMEM] = [11, 12]; // of functions that return the number

export const failing = {
  accept: minusOne('EMFILE', 'ECONNABORTED', 'EAGAIN'),
  access: minusOne('EACCES'),
  bind: minusOne('EADDRINUSE', 'EACCES'),
  close: [way(-1, 'EIO', { after: true }), way(-1, 'EINTR', { after: true })],
  closedir: [way(-1, 'EIO', { after: true })],
  connect: minusOne('ECONNREFUSED', 'ENETUNREACH'),
  dirfd: minusOne('EINVAL'),
  dup: minusOne('EMFILE'),
  dup2: minusOne('EBUSY'),
  fchmod: minusOne('EPERM'),
  fchown: minusOne('EPERM'),
  fclose: [way(-1, 'EIO', { after: true })],
  fcntl: minusOne('EMFILE', 'EBADF'),
  fdopen: nothing('ENOMEM'),
  fdopendir: nothing('ENOMEM'),
  ferror: returns(1),
  fflush: minusOne('EIO', 'EPIPE'),
  flock: minusOne('ENOLCK', 'EINTR', 'EWOULDBLOCK', 'EIO'),
  fopen: nothing('EMFILE', 'EACCES'),
  fork: minusOne('EAGAIN'),
  fread: nothing('EIO'),
  fstat: minusOne('EIO'),
  fstatat: minusOne('EIO', 'ENOENT'),
  fsync: minusOne('EIO', 'EINVAL'),
  ftruncate: minusOne('EIO'),
  getaddrinfo: returns(EAI_AGAIN, EAI_FAIL),
  getentropy: minusOne('ENOSYS'),
  getcwd: nothing('ENOENT'),
  gethostname: minusOne('ENAMETOOLONG'),
  getnameinfo: returns(EAI_FAIL),
  getpwuid: nothing('EIO'),
  getsockname: minusOne('ENOBUFS'),
  inet_ntop: nothing('ENOSPC'),
  ioctl: minusOne('ENOTTY'),
  kill: minusOne('ESRCH', 'EPERM'),
  listen: minusOne('EADDRINUSE'),
  lstat: minusOne('EACCES'),
  memfd_create: minusOne('ENOSYS'),
  mkdir: minusOne('EACCES'),
  mkdirat: minusOne('EACCES', 'ENOSPC'),
  nanosleep: minusOne('EINTR'),
  open: minusOne('EMFILE', 'EACCES'),
  openat: minusOne('EMFILE', 'EACCES', 'ENOSPC', 'ENOENT'),
  opendir: nothing('EMFILE'),
  pipe: minusOne('EMFILE'),
  pipe2: minusOne('EMFILE'),
  poll: minusOne('EINTR', 'ENOMEM'),
  posix_spawn_file_actions_addclosefrom_np: returns(ENOMEM),
  posix_spawn_file_actions_adddup2: returns(ENOMEM),
  posix_spawn_file_actions_addopen: returns(ENOMEM),
  posix_spawn_file_actions_init: returns(ENOMEM),
  posix_spawnattr_init: returns(ENOMEM),
  posix_spawnattr_setflags: returns(ENOMEM),
  posix_spawnattr_setsigdefault: returns(ENOMEM),
  posix_spawnattr_setsigmask: returns(ENOMEM),
  posix_spawnp: returns(EAGAIN, ENOMEM),
  prctl: minusOne('EPERM'),
  pread: [...minusOne('EIO', 'EINTR'), way(0)],
  pwrite: minusOne('EIO', 'EINTR', 'ENOSPC'),
  read: [...minusOne('EIO', 'EINTR', 'EAGAIN'), way(0)],
  readdir: nothing('EIO'),
  realpath: nothing('EACCES'),
  readlink: minusOne('EACCES'),
  recvmsg: minusOne('EINTR', 'ENOMEM'),
  recv: minusOne('ECONNRESET', 'EINTR'),
  rename: minusOne('EIO', 'ENOSPC'),
  renameat: minusOne('EIO', 'ENOSPC'),
  send: minusOne('EPIPE'),
  sendmsg: minusOne('EPIPE', 'EINTR', 'ENOBUFS'),
  setenv: minusOne('ENOMEM'),
  setrlimit: minusOne('EPERM'),
  setsockopt: minusOne('ENOPROTOOPT'),
  shutdown: minusOne('ENOTCONN'),
  sigaction: minusOne('EINVAL'),
  sigprocmask: minusOne('EINVAL'),
  socketpair: minusOne('EMFILE'),
  syscall: minusOne('ENOSYS', 'EOPNOTSUPP', 'E2BIG'),
  socket: minusOne('EMFILE', 'EAFNOSUPPORT'),
  stat: minusOne('EACCES'),
  tcgetattr: minusOne('ENOTTY'),
  tcsetattr: minusOne('EIO'),
  uname: minusOne('EFAULT'),
  unlink: minusOne('EIO', 'ENOENT'),
  unlinkat: minusOne('EIO', 'ENOENT'),
  unsetenv: minusOne('ENOMEM'),
  waitpid: minusOne('ECHILD', 'EINTR'),
  write: minusOne('EIO', 'EINTR', 'EAGAIN', 'ENOSPC', 'EPIPE'),
  writev: minusOne('EIO', 'EINTR', 'EAGAIN', 'EPIPE'),

  curl_easy_getinfo: returns(CURLE_OUT_OF_MEMORY),
  curl_easy_init: nothing(),
  curl_easy_pause: returns(CURLE_OUT_OF_MEMORY),
  curl_easy_setopt: returns(CURLE_OUT_OF_MEMORY),
  curl_global_init: returns(CURLE_OUT_OF_MEMORY),
  curl_multi_add_handle: returns(CURLM_OUT_OF_MEMORY),
  curl_multi_init: nothing(),
  curl_multi_remove_handle: [way(CURLM_INTERNAL_ERROR, undefined, { after: true })],
  curl_multi_setopt: returns(CURLM_OUT_OF_MEMORY),
  curl_multi_socket_action: [way(CURLM_OUT_OF_MEMORY, undefined, { after: true })],
  curl_share_cleanup: [way(CURLSHE_NOMEM, undefined, { after: true })],
  curl_share_init: nothing(),
  curl_share_setopt: returns(CURLSHE_NOMEM),
  curl_slist_append: nothing(),
  curl_url: nothing(),
  curl_url_get: returns(CURLUE_OUT_OF_MEMORY),
  curl_url_set: returns(CURLUE_OUT_OF_MEMORY),

  BIO_ctrl: returns(0),
  BIO_new: nothing(),
  BIO_new_mem_buf: nothing(),
  BN_bn2binpad: returns(-1),
  EVP_DigestSign: returns(0),
  EVP_DigestSignInit: returns(0),
  EVP_PKEY_CTX_set_rsa_padding: returns(0),
  EVP_PKEY_CTX_set_rsa_pss_saltlen: returns(0),
  EVP_PKEY_Q_keygen: nothing(),
  EVP_PKEY_get_bn_param: returns(0),
  EVP_PKEY_get_group_name: returns(0),
  EVP_PKEY_get_raw_public_key: returns(0),
  PEM_read_bio_PrivateKey: nothing(),
  PEM_write_bio_PKCS8PrivateKey: returns(0),
  SHA256_Final: returns(0),
  SHA256_Init: returns(0),
  SHA256_Update: returns(0),
  d2i_ECDSA_SIG: nothing(),

  EVP_Digest: returns(0),
  EVP_DigestFinal_ex: returns(0),
  EVP_DigestInit_ex: returns(0),
  EVP_DigestUpdate: returns(0),
  EVP_MD_CTX_new: nothing(),
  RAND_bytes: returns(0),

  calloc: nothing('ENOMEM'),
  realloc: nothing('ENOMEM'),
};

/** What a place rules out: source file, function, errno. */
export const impossible = [
  // A pipe of our own with an open reader can only be full, and then it wakes us anyway.
  { file: 'loop.c', name: 'write', errnos: ['EIO', 'ENOSPC', 'EPIPE'] },
];

/** Call sites that are left alone, by source file, the function they are in and what it calls. */
export const spared = [
  { file: 'mem.c', within: 'mem_exhausted', calls: 'write', why: 'the last words of a process: when they are lost, there is nothing left to say it with' },
  { file: 'log.c', within: 'log_open', calls: 'close', why: 'a process opens one log; test_log opens two' },
  { file: 'http_client.c', within: 'set_freshness', calls: 'curl_easy_setopt', why: 'for a libcurl before 7.80' },
  { file: 'signing.c', within: 'put_ed25519', calls: 'EVP_PKEY_get_raw_public_key', why: 'proofs are signed by ES256 keys; test_signing has the others' },
  { file: 'child.c', within: 'child_stop', calls: 'kill', why: 'comes minutes after a sign-in process has hung; test_broker' },
  { file: 'starter.c', within: 'starter_stop', calls: 'send', why: 'the same in the sandbox; test_starter' },
  { file: 'starter.c', within: 'obey', calls: 'kill', why: 'the same, at its other end; test_starter' },
];

/** Whose failure ends the program by design (base/mem, base/crypto, io/os). */
export const fatal = ['calloc', 'realloc', 'getentropy', 'EVP_Digest', 'EVP_DigestFinal_ex', 'EVP_DigestInit_ex',
  'EVP_DigestUpdate', 'EVP_MD_CTX_new', 'RAND_bytes', 'SHA256_Final', 'SHA256_Init', 'SHA256_Update'];

/** Reason by reason, what is left alone. */
export const exempt = {
  'computes on memory, cannot fail or says so by its value alone': `
    CRYPTO_memcmp EVP_EncodeBlock EVP_sha256 OPENSSL_cleanse __ctype_b_loc __errno_location explicit_bzero
    __isoc99_sscanf sscanf curl_getdate curl_version curl_version_info getenv getopt_long gmtime_r inet_pton memchr memcmp
    feof memcpy memmem memmove memset qsort snprintf strcasecmp strchr strcmp strcspn strerror strftime strlcpy strlen
    strncasecmp strncmp strrchr strsep strspn strstr strtod strtonum strtoul vsnprintf sigaddset sigemptyset fileno
    isatty gai_strerror geteuid getpid getuid time
    BIO_s_mem BN_num_bits EVP_md5 ECDSA_SIG_get0_r ECDSA_SIG_get0_s ERR_clear_error EVP_PKEY_get_bits EVP_PKEY_is_a`,
  'gives back what was taken and has no result': `
    BIO_free BN_free ECDSA_SIG_free EVP_MD_CTX_free EVP_PKEY_free curl_easy_cleanup curl_free curl_global_cleanup curl_multi_cleanup curl_slist_free_all
    curl_url_cleanup free freeaddrinfo freezero posix_spawn_file_actions_destroy posix_spawnattr_destroy`,
  'a null answer means there is nothing, or nothing left, and comes up in every run': 'curl_multi_info_read',
  'writes for a person to read; what matters is asked of fflush or ferror': 'fprintf vfprintf fputc fputs puts fwrite perror printf putchar',
  'fails for a bad argument only': 'clock_gettime signal umask',
  'is advice': 'mallopt malloc_trim OPENSSL_init_crypto',
  'ends the process': '_exit abort exit',
  'gives all of the arena to the program; base/mem is over it': 'malloc',
};
