package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Snapshot;
import java.io.IOException;

/** The server's side of a sync of unversioned files, for one message. */
final class ServerUnversioned {
  private final UnversionedFiles files;
  private final XferCardWriter out;
  private boolean catalogSent;

  ServerUnversioned(Snapshot snapshot, XferCardWriter out) {
    this.files = new UnversionedFiles(snapshot);
    this.out = out;
  }

  /** Announces all files to a clone. */
  void offer() throws IOException {
    if (!catalogSent) {
      out.pragma("uv-pull-only");
      files.sendCatalog(out);
      catalogSent = true;
    }
  }

  /** Announces all files to a client whose catalog has another hash. */
  void compare(String theirs, UserAccess access) throws IOException {
    if (!catalogSent && access.may(Capability.READ) && !theirs.equals(files.catalogHash())) {
      out.pragma(access.may(Capability.WRITE_UNVERSIONED) ? "uv-push-ok" : "uv-pull-only");
      files.sendCatalog(out);
    }
    catalogSent = true;
  }

  /** Sends a file, or lets the client ask again when the answer is long enough. */
  void send(String name, UserAccess access, boolean later) throws IOException {
    if (!access.may(Capability.READ)) {
      throw new SyncProtocolException("not authorized to read");
    }
    UnversionedFiles.Entry entry = files.find(name);
    if (entry == null) {
      return;
    }
    if (later) {
      files.announce(entry, out);
    } else {
      files.send(entry, false, out);
    }
  }

  static void requireWrite(UserAccess access) throws SyncProtocolException {
    if (!access.may(Capability.WRITE_UNVERSIONED)) {
      throw new SyncProtocolException("Write permissions for unversioned files missing");
    }
  }

  /** Stores a file that the client sends. */
  void receive(Card.UnversionedFile card) {
    files.receive(card);
  }
}
