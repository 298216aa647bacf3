package dev.hubkit.fossil.sync;

import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.Transaction;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The client's side of the exchange of unversioned files: compares the hashes of both catalogs and,
 * if they differ, goes through the server's catalog. Not thread-safe.
 */
final class ClientUnversioned {
  private final boolean revert;

  /** Files to send, and whether the server lacks only their time. */
  private final Map<String, Boolean> toSend = new LinkedHashMap<>();

  private boolean hashSent;
  private boolean takes;
  private boolean only;
  private int asked;
  private int received;
  private int sent;

  ClientUnversioned(boolean revert) {
    this.revert = revert;
  }

  /** Sends the hash once, and the files that the server lacks. */
  void compose(Snapshot snapshot, long sizeBudget, XferCardWriter out) throws IOException {
    UnversionedFiles files = new UnversionedFiles(snapshot);
    if (!hashSent) {
      for (UnversionedFiles.Entry entry : files.list()) {
        if (entry.hash() != null) {
          toSend.put(entry.name(), false);
        }
      }
      out.pragma("uv-hash", files.catalogHash());
      hashSent = true;
    }
    asked = 0;
    received = 0;
    if (takes && !revert) {
      send(files, sizeBudget, out);
    }
  }

  private void send(UnversionedFiles files, long sizeBudget, XferCardWriter out)
      throws IOException {
    Iterator<Map.Entry<String, Boolean>> left = toSend.entrySet().iterator();
    while (left.hasNext() && out.written() <= sizeBudget) {
      Map.Entry<String, Boolean> next = left.next();
      UnversionedFiles.Entry entry = files.find(next.getKey());
      if (entry != null) {
        files.send(entry, next.getValue(), out);
        sent++;
      }
      left.remove();
    }
    takes = left.hasNext();
  }

  void serverTakes(boolean value) {
    takes = value || revert;
    only = !value;
  }

  void received(Card.UnversionedFile card, Transaction transaction) {
    new UnversionedFiles(transaction).receive(card);
    received++;
  }

  /** Compares an entry of the server's catalog. */
  void compare(Card.UnversionedIgot card, Transaction transaction, XferCardWriter out)
      throws IOException {
    UnversionedFiles files = new UnversionedFiles(transaction);
    UnversionedFiles.Comparison here = files.compare(card.name(), card.mtime(), card.hash());
    if (revert) {
      here =
          switch (here) {
            case NEWER_TIME -> UnversionedFiles.Comparison.OLDER_TIME;
            case NEWER -> UnversionedFiles.Comparison.OLDER;
            default -> here;
          };
    }
    switch (here) {
      case UNKNOWN, OLDER -> {
        toSend.remove(card.name());
        if (card.hash() == null) {
          if (here == UnversionedFiles.Comparison.OLDER) {
            files.markDeleted(card.name(), card.mtime());
          }
        } else {
          if (revert) {
            files.drop(card.name());
          }
          out.write(new Card.UnversionedGimme(card.name()));
          asked++;
        }
      }
      case OLDER_TIME -> {
        toSend.remove(card.name());
        files.touch(card.name(), card.mtime());
      }
      case SAME -> toSend.remove(card.name());
      case NEWER_TIME -> toSend.put(card.name(), true);
      case NEWER -> toSend.put(card.name(), false);
    }
    if (only) {
      toSend.remove(card.name());
    }
  }

  /** Removes, after an answer, the files that the server does not have, if the options say so. */
  void removeUnknown(Transaction transaction) {
    if (revert && takes) {
      UnversionedFiles files = new UnversionedFiles(transaction);
      toSend.keySet().forEach(files::drop);
      toSend.clear();
      takes = false;
    }
  }

  /** Returns whether another round is needed after round {@code cycle}. */
  boolean goesOn(int cycle) {
    return (takes && !toSend.isEmpty()) || (asked > 0 && (received > 0 || cycle < 3));
  }

  int received() {
    return received;
  }

  int sent() {
    return sent;
  }
}
