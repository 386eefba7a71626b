# SPDX-License-Identifier: GPL-2.0-or-later
# A ClickHouse on loopback in a folder of its own, for scripts: start_server FOLDER sets $http_port and $server_pid.
start_server() {
    command -v clickhouse-server >/dev/null || { echo "there is no clickhouse-server: apt-get install clickhouse-server" >&2; exit 77; }
    mkdir -p "$1/data" "$1/tmp" "$1/user_files" "$1/format_schemas"
    http_port=$((12000 + $$ % 9000 * 2))
    while curl -s -m 1 "http://127.0.0.1:$http_port/" "http://127.0.0.1:$((http_port + 1))/" >/dev/null; do
        http_port=$((http_port + 2))
    done
    cat >"$1/users.xml" <<END
<yandex><profiles><default><max_memory_usage>6000000000</max_memory_usage></default></profiles>
<quotas><default><interval><duration>3600</duration><queries>0</queries><errors>0</errors><result_rows>0</result_rows><read_rows>0</read_rows><execution_time>0</execution_time></interval></default></quotas>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users></yandex>
END
    cat >"$1/config.xml" <<END
<yandex><logger><level>warning</level><log>$1/log</log><errorlog>$1/errors</errorlog></logger>
<http_port>$http_port</http_port><tcp_port>$((http_port + 1))</tcp_port><listen_host>127.0.0.1</listen_host>
<max_concurrent_queries>100</max_concurrent_queries><mark_cache_size>268435456</mark_cache_size>
<path>$1/data/</path><tmp_path>$1/tmp/</tmp_path><user_files_path>$1/user_files/</user_files_path>
<format_schema_path>$1/format_schemas/</format_schema_path><users_config>$1/users.xml</users_config>
<default_profile>default</default_profile><default_database>default</default_database><timezone>UTC</timezone></yandex>
END
    clickhouse-server --config-file="$1/config.xml" >"$1/out" 2>&1 &
    server_pid=$!
    tries=0
    until curl -sf "http://127.0.0.1:$http_port/ping" >/dev/null; do
        tries=$((tries + 1))
        if [ $tries -gt 300 ] || ! kill -0 $server_pid 2>/dev/null; then
            echo "the server did not start:" >&2
            tail -n 5 "$1/errors" >&2
            exit 1
        fi
        sleep 0.2
    done
}

end_server() {
    [ -z "${server_pid:-}" ] || { kill "$server_pid" 2>/dev/null || true; wait "$server_pid" 2>/dev/null || true; }
}
