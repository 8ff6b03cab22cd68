FROM eclipse-temurin:21-jre
ARG JAR_FILE=target/*.jar
COPY ${JAR_FILE} application.jar
LABEL org.opencontainers.image.title="billing" org.opencontainers.image.vendor='Example Ltd'
VOLUME ["/tmp", "/data"]
ENTRYPOINT ["sh", "-c", "exec java $JAVA_OPTS -jar application.jar"]
