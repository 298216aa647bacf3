package dev.hubkit.fossil.web;

import dev.hubkit.fossil.Snapshot;
import dev.hubkit.fossil.sync.Capability;
import dev.hubkit.fossil.sync.UserAccess;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request for a page, on a snapshot of the repository.
 *
 * @param page the first part of the path, without slashes
 * @param rest what follows the first part and its slash; decoded
 */
record Request(
    Snapshot snapshot,
    UserAccess access,
    String page,
    String rest,
    Map<String, String> parameters) {

  /**
   * Reads an address.
   *
   * @param base the beginning of the paths of all addresses of the repository
   */
  static Request of(Snapshot snapshot, URI uri, String base) throws PageException {
    String path = uri.getRawPath() == null ? "/" : uri.getRawPath();
    path = path.startsWith(base) ? path.substring(base.length()) : path;
    int slash = path.indexOf('/', 1);
    String page = slash < 0 ? path.substring(Math.min(1, path.length())) : path.substring(1, slash);
    String rest = slash < 0 ? "" : path.substring(slash + 1);
    return new Request(
        snapshot,
        UserAccess.visitor(snapshot.session()),
        page,
        decode(rest.replace("+", "%2B")),
        parameters(uri.getRawQuery()));
  }

  private static Map<String, String> parameters(@Nullable String query) throws PageException {
    Map<String, String> parameters = new LinkedHashMap<>();
    if (query != null) {
      for (String pair : query.split("&", 50)) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        parameters.putIfAbsent(decode(name), equals < 0 ? "" : decode(pair.substring(equals + 1)));
      }
    }
    return parameters;
  }

  private static String decode(String text) throws PageException {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new PageException(400, "The address is not well formed");
    }
  }

  /** Returns a parameter of the query; null when it is missing or empty. */
  @Nullable String parameter(String name) {
    String value = parameters.get(name);
    return value == null || value.isEmpty() ? null : value;
  }

  String parameter(String name, String otherwise) {
    String value = parameter(name);
    return value == null ? otherwise : value;
  }

  /** Returns a number of the query, within bounds. */
  int number(String name, int otherwise, int least, int most) throws PageException {
    String value = parameter(name);
    if (value == null) {
      return otherwise;
    }
    if (!value.matches("[0-9]{1,9}")) {
      throw new PageException(400, "Not a number: " + name);
    }
    return Math.min(most, Math.max(least, Integer.parseInt(value)));
  }

  void require(Capability capability) throws PageException {
    if (!access.may(capability)) {
      throw new PageException(403, "You may not see this page");
    }
  }
}
