package dev.hubkit.junit.stub;

/**
 * How many requests a test expects.
 *
 * @param least the fewest
 * @param most the most
 */
public record CallCount(long least, long most) {
  boolean includes(long count) {
    return least <= count && count <= most;
  }

  @Override
  public String toString() {
    if (least == most) {
      return least == 0 ? "no request" : least == 1 ? "1 request" : least + " requests";
    }
    return most == Long.MAX_VALUE
        ? "at least " + new CallCount(least, least)
        : "at most " + new CallCount(most, most);
  }
}
