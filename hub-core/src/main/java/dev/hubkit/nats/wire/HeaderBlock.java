package dev.hubkit.nats.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and changes header blocks: {@code NATS/1.0}, lines of {@code name: value}, an empty line.
 */
public final class HeaderBlock {
  private static final byte[] EMPTY = new byte[0];
  private static final byte[] FIRST_LINE = "NATS/1.0\r\n".getBytes(StandardCharsets.ISO_8859_1);

  private HeaderBlock() {}

  /** Returns the values of each header by its name, in the case and order of the block. */
  public static Map<String, List<String>> fields(byte[] block) {
    Map<String, List<String>> fields = new LinkedHashMap<>();
    String[] lines = new String(block, StandardCharsets.UTF_8).split("\r\n", -1);
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon > 0) {
        fields
            .computeIfAbsent(lines[i].substring(0, colon), name -> new ArrayList<>())
            .add(lines[i].substring(colon + 1).strip());
      }
    }
    return fields;
  }

  /** Returns the status and its text in the first line, as {@code 503}; empty for none. */
  public static String status(byte[] block) {
    String text = new String(block, StandardCharsets.UTF_8);
    int end = text.indexOf("\r\n");
    String first = end < 0 ? text : text.substring(0, end);
    return first.startsWith("NATS/1.0") ? first.substring("NATS/1.0".length()).strip() : "";
  }

  /** Returns whether the first line has a status. */
  public static boolean hasStatus(byte[] buffer, int offset, int length) {
    int behind = FIRST_LINE.length - 2;
    return length > behind
        && buffer[offset + behind] != '\r'
        && Arrays.equals(buffer, offset, offset + behind, FIRST_LINE, 0, behind);
  }

  /**
   * Returns the message without the status in the first line of its headers; without headers if
   * there is nothing else in them.
   */
  public static Message withoutStatus(Message message) {
    if (!hasStatus(message.buffer(), message.offset(), message.headerLength())) {
      return message;
    }
    byte[] block = message.header();
    int end = 0;
    while (end < block.length && block[end] != '\r') {
      end++;
    }
    if (end == block.length) {
      return message;
    }
    int kept = FIRST_LINE.length - 2;
    byte[] result = new byte[kept + block.length - end];
    System.arraycopy(block, 0, result, 0, kept);
    System.arraycopy(block, end, result, kept, block.length - end);
    return message.withHeader(result.length <= FIRST_LINE.length + 2 ? EMPTY : result);
  }

  /** Returns the block with one header more, at its end; an empty block becomes one. */
  public static byte[] add(byte[] block, String name, String value) {
    return append(block, name + ": " + value + "\r\n\r\n");
  }

  /** Returns the block with these lines at its end, the last of them the empty one. */
  public static byte[] append(byte[] block, String lines) {
    byte[] added = lines.getBytes(StandardCharsets.UTF_8);
    byte[] before = block.length == 0 ? FIRST_LINE : block;
    int keep = block.length == 0 ? before.length : before.length - 2;
    byte[] result = new byte[keep + added.length];
    System.arraycopy(before, 0, result, 0, keep);
    System.arraycopy(added, 0, result, keep, added.length);
    return result;
  }

  /**
   * Returns the block without the lines whose name starts with {@code prefix}; empty if none is
   * left.
   */
  public static byte[] removePrefix(byte[] block, String prefix) {
    return remove(block, prefix, false);
  }

  /** Returns the block without the header; empty if none is left. */
  public static byte[] remove(byte[] block, String name) {
    return remove(block, name + ":", true);
  }

  /** Returns the block with the header set to another value. */
  public static byte[] set(byte[] block, String name, String value) {
    return add(remove(block, name), name, value);
  }

  /** Returns the message with a header set to another value. */
  public static Message with(Message message, String name, String value) {
    return message.withHeader(set(message.header(), name, value));
  }

  /** Returns the message without a header. */
  public static Message without(Message message, String name) {
    return message.withHeader(remove(message.header(), name));
  }

  private static byte[] remove(byte[] block, String start, boolean firstOnly) {
    if (block.length == 0) {
      return block;
    }
    byte[] prefix = start.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(block.length);
    boolean removed = false;
    int lines = 0;
    int from = 0;
    while (from < block.length) {
      int to = from;
      while (to < block.length && block[to] != '\n') {
        to++;
      }
      to = Math.min(to + 1, block.length);
      if (!(removed && firstOnly) && startsWith(block, from, to, prefix)) {
        removed = true;
      } else {
        out.write(block, from, to - from);
        lines += to - from > 2 ? 1 : 0;
      }
      from = to;
    }
    if (!removed) {
      return block;
    }
    return lines <= 1 ? EMPTY : out.toByteArray();
  }

  private static boolean startsWith(byte[] block, int from, int to, byte[] prefix) {
    if (to - from < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (block[from + i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }
}
