package dev.hubkit.nats.jetstream.store;

/** Encrypts, or does not encrypt, the files of the stores of a test. */
final class EncryptedDisk {
  /** The keys of the account of the test. */
  static final StoreKeys ACCOUNT =
      StoreKeys.of(StoreCipher.AES, "the key of the test", "").forAccount("A");

  private static final StoreKeys STREAM = ACCOUNT.forStream("S");

  private EncryptedDisk() {}

  static FileSystem of(FileSystem disk, boolean encrypted) {
    return encrypted ? new EncryptedFileSystem(disk, STREAM) : disk;
  }
}
