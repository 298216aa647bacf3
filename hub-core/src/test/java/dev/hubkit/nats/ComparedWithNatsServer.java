package dev.hubkit.nats;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Marks tests whose expected behaviour differs between releases of nats-server. Hub behaves like
 * release {@link NatsServer#VERSION}, so JUnit skips the test where that release is not installed.
 * Tests without this annotation hold with any release.
 */
@Documented
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(ComparedWithNatsServer.Condition.class)
public @interface ComparedWithNatsServer {
  /** Looks for that release on the {@code PATH}. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (NatsServerProgram.compared().isPresent()) {
        return ConditionEvaluationResult.enabled("it is installed");
      }
      List<String> others =
          NatsServerProgram.installed().stream().map(NatsServerProgram::version).toList();
      return ConditionEvaluationResult.disabled(
          others.isEmpty()
              ? "no nats-server on PATH"
              : "compared with nats-server "
                  + NatsServer.VERSION
                  + ", and on PATH is "
                  + String.join(", ", others));
    }
  }
}
