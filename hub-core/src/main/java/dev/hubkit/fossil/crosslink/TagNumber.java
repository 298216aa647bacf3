package dev.hubkit.fossil.crosslink;

/** Rows of the {@code tag} table whose number is part of the schema. */
final class TagNumber {
  /** Background color. */
  public static final long BGCOLOR = 1;

  /** Amended check-in comment. */
  public static final long COMMENT = 2;

  /** Amended user. */
  public static final long USER = 3;

  /** Amended date. */
  public static final long DATE = 4;

  /** Content that is not synced. */
  public static final long PRIVATE = 6;

  /** The branch of a check-in. */
  public static final long BRANCH = 8;

  /** A leaf that is closed. */
  public static final long CLOSED = 9;

  /** Amended parents. */
  public static final long PARENT = 10;

  private TagNumber() {}
}
