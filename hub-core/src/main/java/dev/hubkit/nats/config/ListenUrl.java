package dev.hubkit.nats.config;

import dev.hubkit.text.GoNumber;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The URL of the flag {@code --cluster}, taken apart as nats-server does (overrideCluster in its
 * {@code opts.go}), with the complaints of Go's {@code net/url} and {@code net}.
 *
 * @param port -1 for any free port
 * @param user empty for none
 */
record ListenUrl(String host, int port, String user, String password) {
  private static final Pattern AUTHORITY =
      Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]*://(?:([^/?#]*)@)?([^/?#]*).*");
  private static final Pattern SCHEME = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]*:");
  private static final Pattern BAD_ESCAPE = Pattern.compile("%(?![0-9a-fA-F]{2}).{0,2}");
  private static final Pattern PORT = Pattern.compile("(?::[0-9]*)?");

  /**
   * Takes a URL apart.
   *
   * @throws ServerFlags.ConfigFlagException in nats-server's words, if it cannot be listened on
   */
  static ListenUrl parse(String text) {
    // Go knows no negative ports; nats-server takes this one for any port.
    boolean any = text.endsWith(":-1");
    String url = any ? text.substring(0, text.length() - 2) + "0" : text;
    check(text, url);
    Matcher authority = AUTHORITY.matcher(url);
    String address = authority.matches() ? authority.group(2) : "";
    String login = authority.matches() && authority.group(1) != null ? authority.group(1) : null;
    String[] user = login == null ? new String[] {"", ""} : login.split(":", 2);
    if (user.length == 1) {
      throw new ServerFlags.ConfigFlagException("expected cluster password to be set");
    }
    int colon = address.lastIndexOf(':');
    boolean bracketed = address.startsWith("[") && address.endsWith("]");
    if (address.isEmpty()) {
      throw new ServerFlags.ConfigFlagException("missing port in address");
    }
    if (colon < 0 || bracketed) {
      throw wrong(address, "missing port in address");
    }
    String host = address.substring(0, colon);
    if (host.indexOf(':') >= 0 && !host.startsWith("[")) {
      throw wrong(address, "too many colons in address");
    }
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    int port = (int) GoNumber.integer(address.substring(colon + 1)).orElse(0);
    return new ListenUrl(bare, any ? -1 : port, user[0], user[1]);
  }

  private static ServerFlags.ConfigFlagException wrong(String address, String problem) {
    return new ServerFlags.ConfigFlagException("address " + address + ": " + problem);
  }

  private static void check(String given, String url) {
    if (url.startsWith(":")) {
      throw bad(given, "missing protocol scheme");
    }
    if (!SCHEME.matcher(url).lookingAt() && url.split("/", 2)[0].contains(":")) {
      throw bad(given, "first path segment in URL cannot contain colon");
    }
    Matcher escape = BAD_ESCAPE.matcher(url);
    if (escape.find()) {
      throw bad(given, "invalid URL escape " + Problems.quoted(escape.group()));
    }
    Matcher authority = AUTHORITY.matcher(url);
    if (authority.matches()) {
      String address = authority.group(2);
      if (address.startsWith("[") && address.indexOf(']') < 0) {
        throw bad(given, "missing ']' in host");
      }
      int bracket = address.lastIndexOf(']');
      int from = bracket < 0 ? address.lastIndexOf(':') : bracket + 1;
      String port = from < 0 ? "" : address.substring(from);
      if (!PORT.matcher(port).matches()) {
        throw bad(given, "invalid port " + Problems.quoted(port) + " after host");
      }
    }
  }

  private static ServerFlags.ConfigFlagException bad(String url, String problem) {
    return new ServerFlags.ConfigFlagException("parse " + Problems.quoted(url) + ": " + problem);
  }
}
