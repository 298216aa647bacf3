package dev.hubkit.junit;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Recognises the error 10074, by which a server without a cluster refuses several replicas. */
final class RefusedReplicas {
  /** Tells what helps, to continue a message. */
  static final String REMEDY =
      "a single server keeps one copy: add servers = 3 to @WithHub, or acceptReplicas = true (in code,"
          + " NatsOptions.Builder.acceptReplicas) to have it take several as a cluster does, or use"
          + " replicas = 1";

  // The client has the number as "[10074]" behind the text; frameworks wrap its exceptions.
  private static final String TEXT = "replicas > 1 not supported in non-clustered mode";

  private RefusedReplicas() {}

  /** Returns whether this is the reason of a failure, or of one that caused it. */
  static boolean caused(Throwable failure) {
    Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    @Nullable Throwable each = failure;
    while (each != null && seen.add(each)) {
      if (String.valueOf(each.getMessage()).contains(TEXT)) {
        return true;
      }
      each = each.getCause();
    }
    return false;
  }
}
