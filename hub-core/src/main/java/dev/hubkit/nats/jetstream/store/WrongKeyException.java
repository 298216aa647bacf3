package dev.hubkit.nats.jetstream.store;

import java.io.IOException;

/** A file is encrypted, and there is no key, or not the right one. The file stays as it is. */
final class WrongKeyException extends IOException {
  private static final long serialVersionUID = 1;

  private WrongKeyException(String message) {
    super(message);
  }

  /** No key fits; in the words of decryptMeta of nats-server. */
  static WrongKeyException noneFits() {
    return new WrongKeyException("unable to recover keys");
  }

  /** There is no key; errNoEncryption of nats-server. */
  static WrongKeyException noKey() {
    return new WrongKeyException("encryption not enabled");
  }
}
