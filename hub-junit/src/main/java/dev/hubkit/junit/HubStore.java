package dev.hubkit.junit;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/** The part of JUnit's {@link ExtensionContext.Store} in which the extension keeps its values. */
final class HubStore {
  private static final Namespace NAMESPACE = Namespace.create("dev.hubkit.junit");

  private HubStore() {}

  /** Returns the store of a context, which also finds the values of the contexts around it. */
  static ExtensionContext.Store of(ExtensionContext context) {
    return context.getStore(NAMESPACE);
  }

  /** Returns a key for a value that contexts nested in this one must not find. */
  static Object key(String what, Object of, ExtensionContext context) {
    return new ContextKey(what, of, context.getUniqueId());
  }

  private record ContextKey(String what, Object of, String context) {}

  /** A value that JUnit closes when the context ends. */
  @SuppressWarnings("deprecation") // AutoCloseable alone replaces it from JUnit 5.13 on
  interface Resource extends ExtensionContext.Store.CloseableResource, AutoCloseable {
    @Override
    void close();
  }
}
