package dev.hubkit.fossil.sync;

import java.util.EnumSet;
import java.util.Set;

/**
 * The capabilities of users that this server knows. The letters are those of Fossil's user table
 * (caps document); some imply others.
 */
public enum Capability {
  /** {@code s}. */
  SETUP,
  /** {@code a}. */
  ADMIN,
  /** {@code o}: see and pull content. */
  READ,
  /** {@code i}: push content. */
  WRITE,
  /** {@code g}. */
  CLONE,
  /** {@code x}: pull and push private content. */
  PRIVATE,
  /** {@code y}: push unversioned files. */
  WRITE_UNVERSIONED,
  /** {@code e}: see concealed addresses. */
  READ_ADDRESSES,
  /** {@code j}. */
  READ_WIKI,
  /** {@code r}. */
  READ_TICKETS,
  /** {@code z}: download archives. */
  ZIP;

  /**
   * Returns the capabilities that a string of letters grants.
   *
   * @param reader the letters of the user "reader", which {@code u} stands for
   * @param developer the letters of the user "developer", which {@code v} stands for
   */
  static Set<Capability> of(String letters, String reader, String developer) {
    EnumSet<Capability> granted = EnumSet.noneOf(Capability.class);
    grant(granted, letters);
    // Either may name the other, and each counts once.
    boolean asReader = letters.indexOf('u') >= 0;
    boolean asDeveloper = letters.indexOf('v') >= 0;
    if (asReader || (asDeveloper && developer.indexOf('u') >= 0)) {
      grant(granted, reader);
    }
    if (asDeveloper || (asReader && reader.indexOf('v') >= 0)) {
      grant(granted, developer);
    }
    return granted;
  }

  private static void grant(Set<Capability> granted, String letters) {
    for (int i = 0; i < letters.length(); i++) {
      switch (letters.charAt(i)) {
        case 's' -> {
          granted.add(SETUP);
          grantAdmin(granted);
        }
        case 'a' -> grantAdmin(granted);
        case 'i' -> {
          granted.add(READ);
          granted.add(WRITE);
        }
        case 'o' -> granted.add(READ);
        case 'g' -> granted.add(CLONE);
        case 'x' -> granted.add(PRIVATE);
        case 'y' -> granted.add(WRITE_UNVERSIONED);
        case 'e' -> granted.add(READ_ADDRESSES);
        case 'j', 'k' -> granted.add(READ_WIKI);
        case 'r', 'w' -> granted.add(READ_TICKETS);
        case 'z' -> granted.add(ZIP);
        default -> {
          // Letters of parts of C fossil that are not served here (forum, chat, ...).
        }
      }
    }
  }

  /** Neither {@code x} nor {@code y} is part of it; they are only granted by their letters. */
  private static void grantAdmin(Set<Capability> granted) {
    granted.addAll(
        EnumSet.of(ADMIN, READ, WRITE, CLONE, READ_ADDRESSES, READ_WIKI, READ_TICKETS, ZIP));
  }
}
