package dev.hubkit.http;

import com.sun.net.httpserver.Authenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The handlers of a server by the beginning of the paths they answer. Thread-safe. */
final class Contexts {
  private final HttpServer server;
  private final ConcurrentHashMap<String, Context> byPath = new ConcurrentHashMap<>();
  private final Context none;

  Contexts(HttpServer server) {
    this.server = server;
    this.none = new Context(server, "/", null);
  }

  /** The context of requests that no handler answers. */
  Context none() {
    return none;
  }

  Context add(String path, @Nullable HttpHandler handler) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("Not a path: " + path);
    }
    Context added = new Context(server, path, handler);
    if (byPath.putIfAbsent(path, added) != null) {
      throw new IllegalArgumentException("There is a context " + path + " already");
    }
    return added;
  }

  void remove(String path) {
    if (byPath.remove(path) == null) {
      throw new IllegalArgumentException("There is no context " + path);
    }
  }

  /** Returns the context with the longest path that {@code path} begins with; null for none. */
  @Nullable Context find(String path) {
    for (int length = path.length(); length > 0; length--) {
      Context context = byPath.get(path.substring(0, length));
      if (context != null && context.handler != null) {
        return context;
      }
    }
    return null;
  }

  /** A handler with its path and attributes. */
  static final class Context extends HttpContext {
    private final HttpServer server;
    private final String path;
    private final Map<String, Object> attributes = Collections.synchronizedMap(new HashMap<>());
    private final List<Filter> filters = new CopyOnWriteArrayList<>();
    private volatile @Nullable HttpHandler handler;
    private volatile @Nullable Authenticator authenticator;

    Context(HttpServer server, String path, @Nullable HttpHandler handler) {
      this.server = server;
      this.path = path;
      this.handler = handler;
    }

    @Override
    public @Nullable HttpHandler getHandler() {
      return handler;
    }

    @Override
    public void setHandler(HttpHandler given) {
      if (handler != null) {
        throw new IllegalArgumentException("The context " + path + " has a handler already");
      }
      handler = given;
    }

    @Override
    public String getPath() {
      return path;
    }

    @Override
    public HttpServer getServer() {
      return server;
    }

    @Override
    public Map<String, Object> getAttributes() {
      return attributes;
    }

    @Override
    public List<Filter> getFilters() {
      return filters;
    }

    @Override
    public @Nullable Authenticator setAuthenticator(@Nullable Authenticator given) {
      Authenticator before = authenticator;
      authenticator = given;
      return before;
    }

    @Override
    public @Nullable Authenticator getAuthenticator() {
      return authenticator;
    }
  }
}
