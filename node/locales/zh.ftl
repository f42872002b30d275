# tongband 的中文文字，标识与 en.ftl 一致。

E_USAGE = 命令行不正确
E_USAGE-hint = 请查看 tongband --help
E_CONFIG = 配置的值不正确
E_CONFIG-hint = 请按所示的行列或选项修改；可用的键见 docs/operations.zh-CN.md 的“配置”一节
E_NOT_INITIALISED = 目录里没有节点
E_NOT_INITIALISED-hint = 请先建立节点：tongban --dir DIR init
E_ALREADY = 目录里已有节点
E_ALREADY-hint = 请另选目录；若是上次 init 中断留下的文件，请先移走
E_LOCKED = 目录正被另一进程占用
E_LOCKED-hint = 请停止另一进程，或给本进程另一个目录
E_PASSPHRASE = 口令不对，或读不出口令文件
E_PASSPHRASE-hint = 请核对口令文件；没有口令，密钥无法找回
E_PORT_IN_USE = 地址已被其他进程监听
E_PORT_IN_USE-hint = 请换一个监听地址，或停止占用它的进程
E_DAMAGED = 存储的记录、密钥或证书已损坏
E_DAMAGED-hint = 请不要继续使用此目录：从备份恢复，再由其他城市补发缺少的记录
E_DISK_FULL = 磁盘预留空间已用完
E_DISK_FULL-hint = 请清理磁盘后重新启动；已确认的内容没有丢失
E_SCHEMA = 数据由其他版本的程序写成
E_SCHEMA-hint = 请使用写成此目录的 tongband 版本，或更新的版本
E_INTERNAL = 程序内部错误
E_INTERNAL-hint = 请查看这一行之前的日志

message = { $summary }：{ $detail }
usage-missing = 缺少 { $args }
usage-unknown = 没有“{ $args }”这个选项或命令
usage-value = { $args } 的内容不正确
usage-conflict = { $args } 不能与另一选项同时写，或写了两次
usage-other = 命令行无法理解
help = 一座城市在通办网络中的节点
help-init = 建立新节点的密钥、证书和配置
help-run = 在前台运行节点，直到被要求停止
heading-usage = 用法：
heading-commands = 命令
heading-options = 选项
usage-options = { "[" }选项]
usage-command = <命令>
opt-help = 显示帮助
opt-version = 显示版本
opt-dir = 节点目录；init 时没有则建立
opt-division = 城市行政区划代码（GB/T 2260）
opt-name = 城市名称
opt-listen = 监听地址，IP:端口；端口 0 由系统选择；run 时优先于配置；可重复
opt-advertise = 其他城市访问本节点的地址，主机:端口，与监听地址不同时填写；可重复
opt-passphrase-file = 密钥口令文件
opt-root-key-out = 把城市根密钥写到此处（离线介质），不留在节点目录
opt-root-key = 使用已有的城市根密钥文件
opt-root-passphrase-file = 该根密钥另有口令时的口令文件
opt-fast-kdf = 弱密钥封装，口令不起保护作用；仅供测试和演示
opt-peer = 只在此处访问该城市，区划代码=主机:端口；可重复
opt-scripted-clock = 由本机接口而非系统给出时间，供场景使用；设定之前不与其他城市通信
opt-reserve-bytes = 磁盘上要留出的字节数
opt-log = 日志格式：pretty 供人阅读，json 每行一个对象
help-rotate = 生成新的设备密钥或加密密钥，节点下次启动时使用
help-revoke = 用根密钥签署吊销文件
opt-cert = 要吊销的设备证书（见 tongban key list）
opt-keep = 协议记录，该设备在其下的签署予以保留；可重复
opt-output = 写入的文件


help-check-backup = 校验备份里的每个文件
help-restore = 把最新的备份恢复到没有节点运行的目录
opt-from = 备份目录
opt-trial = 另外在旁边试恢复一次，读每条记录，然后删除
opt-replace = 城市名称；目录里已有记录时，凭它把记录放在一边
opt-dry-run = 只校验并说明会做什么，不做任何改动

opt-encryption = 改为生成新的加密密钥；旧密钥保留到不再需要为止
