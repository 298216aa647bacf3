package dev.hubkit.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives the test classes that declare no hub the default hub of the run, which serves NATS alone
 * and lives until the last test has run. Adapters of frameworks put it on their annotations and
 * interfaces, and ask {@link HubLocator} for the hub of a test class. A class with {@link WithHub},
 * or with a {@link HubExtension} in a static field, keeps the hub it declares.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE})
@ExtendWith({HubExtension.class, HubLocator.class})
public @interface DefaultHub {}
